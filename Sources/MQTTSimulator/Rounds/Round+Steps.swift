import MQTTCodec
import MQTTEngine
import NIOCore

/// The steps of a round: who does what is drawn by lot.
extension Round {
    enum Step {
        case deliver
        case read
        case act
        case acknowledge
        case fetch
        case writability
        case clock
        case outlaw
        case operate
        case answer
    }

    func step() throws(Fault) {
        let step = chance.pick(weighted: [
            (30, Step.deliver), (18, .read), (32, .act), (6, .acknowledge), (6, .fetch), (3, .writability),
            (3, .clock), (1, .outlaw), (1, .operate), (plan.authenticates ? 12 : 0, .answer),
        ])
        switch step {
        case .deliver: try deliverSome()
        case .read: try readSome(chance.pick(clients))
        case .act: try act(chance.pick(clients))
        case .acknowledge:
            let client = chance.pick(clients)
            if client.habit != .never { client.acknowledge(atMost: chance.pick([1, 3, .max])) }
        case .fetch:
            let links = links.filter { $0.hasOutput && $0.isWritable }
            if !links.isEmpty {
                try fetch(chance.pick(links))
                try pump()
            }
        case .writability:
            guard let link = chance.pick(clients).link else { return }
            try setWritable(!link.isWritable, link)
        case .clock: try passTime(plan.holdsPublishers ? 300 : chance.pick(plan.timeSteps))
        case .outlaw: try outlaw()
        case .answer:
            let links = links.filter(\.isAsked)
            if !links.isEmpty { try answer(chance.pick(links), isAccepted: chance.percent(90)) }
        case .operate:
            guard !plan.holdsPublishers, chance.percent(50), let link = chance.pick(clients).link else {
                return
            }
            try end(link)
        }
    }

    func setWritable(_ isWritable: Bool, _ link: Link) throws(Fault) {
        history.add("\(name(link)) \(isWritable ? "" : "not ")writable")
        link.isWritable = isWritable
        if !isWritable && link.reference.hiddenSince == nil { link.reference.hiddenSince = now }
        link.host.shard.writabilityChanged(isWritable, of: link.connection, at: now)
        try pump()
        if !link.mayHideOutput { link.reference.hiddenSince = nil }
    }

    private func deliverSome() throws(Fault) {
        let links = links.filter { !$0.outgoing.isEmpty && !$0.isReadingPaused }
        guard !links.isEmpty else { return }
        let link = chance.pick(links)
        try deliver(link, atMost: chance.percent(30) ? chance.between(1, 20) : chance.pick([60, 500, .max]))
    }

    func readSome(_ client: ClientModel) throws(Fault) {
        guard let link = client.link else { return }
        let count = min(link.inbox.count, chance.pick([1, 4, .max]))
        let batch = link.inbox.prefix(count)
        link.inbox.removeFirst(count)
        for (packet, delivery) in batch { try client.read(packet, delivery) }
    }

    private func act(_ client: ClientModel) throws(Fault) {
        guard let link = client.link else { return try connect(client) }
        guard client.isConnected else {
            // Packets may follow CONNECT at once.
            if plan.holdsPublishers { return }
            if chance.percent(10) { client.subscribe(&chance) }
            if chance.percent(2) { try lose(link) }
            return
        }
        var lot = chance.below(100)
        switch client.role {
        case .everything: break
        case .listening: if (20..<88).contains(lot) { lot = 88 }
        case .onlyPublishing: lot = 20
        case .onlySubscribing: lot = lot < 90 ? 88 : 95
        }
        switch lot {
        case 0..<14: client.subscribe(&chance)
        case 14..<20: client.unsubscribe(&chance)
        case 20..<88: client.publish(&chance)
        case 88..<90: client.send(.pingreq)
        case 90..<94: client.disconnect(&chance)
        case 94..<97: try lose(link)
        case 97..<99: try connect(client)
        default: client.violate(&chance)
        }
    }

    /// All subscriptions are made before anything is published.
    func subscribeFirst() throws(Fault) {
        for client in clients where client.role == .onlySubscribing {
            try connect(client)
            client.subscribe(&chance)
        }
        try settle()
    }

    /// Connects, perhaps while an older connection is open, which is then taken over.
    private func connect(_ client: ClientModel) throws(Fault) {
        // Without a name it is nobody whom it could take over from.
        if client.isNameless, let old = client.link { try lose(old) }
        let link = try openLink(client)
        if client.link != nil { client.linkEnded() }
        client.link = link
        client.connect(
            &chance, cleanStart: !plan.holdsPublishers && chance.percent(client.isBusy ? 5 : 25),
            isKept: plan.holdsPublishers)
        history.add("\(name(link)) opened")
    }

    /// The operator ends a connection.
    private func end(_ link: Link) throws(Fault) {
        history.add("\(name(link)) ended by the operator")
        reference.operated(link.reference)
        link.host.shard.disconnect(link.connection, .administrativeAction, at: now)
        try pump()
        guard !link.isOpen else { throw Fault("\(name(link)) was not closed") }
    }

    /// Somebody who does not keep to the rules.
    private func outlaw() throws(Fault) {
        let link = try openLink(nil)
        history.add("\(name(link)) opened")
        var bytes: [UInt8] = []
        for _ in 0..<chance.between(1, 40) { bytes.append(UInt8(chance.below(256))) }
        if chance.percent(50) { bytes.insert(contentsOf: [0x10, UInt8(chance.below(60)), 0, 4], at: 0) }
        link.violate(bytes)
        try deliver(link, atMost: .max)
        if link.isOpen && chance.percent(50) { try lose(link) }
    }

    /// Lets time pass: step by step from deadline to deadline, or in one jump.
    func passTime(_ milliseconds: Int64) throws(Fault) {
        for client in clients where client.isConnected { client.send(.pingreq) }
        var target = now.advanced(milliseconds: milliseconds)
        // Nothing is to happen in the grain of a deadline, where both before and after are right.
        var isClear = false
        while !isClear {
            isClear = true
            for deadline in reference.deadlines
            where deadline <= target && target.milliseconds(since: deadline) <= ReferenceBroker.grain {
                target = deadline.advanced(milliseconds: ReferenceBroker.grain + 1)
                isClear = false
            }
        }
        history.add("time \(now.milliseconds) to \(target.milliseconds)")
        let jumps = chance.percent(40) || plan.publishesSystemTopics && milliseconds > 100_000
        for host in hosts {
            var steps = 0
            while !jumps, let next = host.shard.nextDeadline, next <= target {
                now = max(now, next)
                reference.now = now
                host.shard.advance(to: now)
                try pump()
                steps += 1
                guard steps < 100_000 else { throw Fault("the next deadline does not go on from \(now)") }
            }
        }
        now = target
        reference.now = now
        for host in hosts { host.shard.advance(to: now) }
        // What they did, they did at once: none has heard of the others yet.
        reference.concurrentlyRetained = hosts.count > 1 ? [] : nil
        try pump()
        reference.concurrentlyRetained = nil
        try reference.checkDeadlines()
    }
}

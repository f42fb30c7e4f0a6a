import MQTTCodec
import MQTTEngine

/// Comes to rest, and compares.
extension Round {
    /// Delivers, fetches and reads until nothing is on its way.
    func settle() throws(Fault) {
        history.add("settle")
        for link in links where !link.isWritable { try setWritable(true, link) }
        var isDone = false
        var turns = 0
        while !isDone {
            isDone = true
            turns += 1
            guard turns < 10_000 else { throw Fault("the network does not come to rest") }
            for link in links where link.isOpen && !link.outgoing.isEmpty && !link.isReadingPaused {
                isDone = false
                try deliver(link, atMost: chance.pick([7, 100, .max]))
            }
            for link in links where link.isOpen && link.isAsked {
                isDone = false
                try answer(link, isAccepted: true)
            }
            for link in links where link.isOpen && link.hasOutput {
                isDone = false
                try fetch(link)
                try pump()
            }
            for host in hosts {
                if let next = host.shard.nextDeadline, next <= now {
                    isDone = false
                    host.shard.advance(to: now)
                    try pump()
                }
            }
            for client in clients {
                if client.link?.inbox.isEmpty == false {
                    isDone = false
                    try readSome(client)
                }
                if client.habit != .never && !client.acknowledgements.isEmpty {
                    isDone = false
                    client.acknowledge()
                }
            }
        }
        try reference.checkSettled()
    }

    /// Everybody comes back and takes everything; then nothing may be owed any more.
    func finish() throws(Fault) {
        for link in links where link.client == nil { try lose(link) }
        for client in clients {
            client.habit = .atOnce
            client.acknowledge()
            guard client.link == nil, reference.session(client.identifier) != nil else { continue }
            try connectFinally(client)
        }
        try settle()
        // Those whose connection ended while it settled.
        for client in clients where client.link == nil && reference.session(client.identifier) != nil {
            try connectFinally(client)
        }
        try settle()
        try reference.checkFinished()
        try checkCounters()
        try probe()
        if chance.percent(30) { try shutDown() } else { try endAll() }
    }

    private func connectFinally(_ client: ClientModel) throws(Fault) {
        let link = try openLink(client)
        client.link = link
        client.connect(&chance, cleanStart: false, isKept: true)
        history.add("\(name(link)) opened")
    }

    private func checkCounters() throws(Fault) {
        let counters = allCounters
        // Every shard keeps everything that is retained.
        let expected: [(String, Int, Int)] = [
            ("connected", counters.connected, reference.connectedCount),
            ("sessions", counters.sessions, reference.sessions.count),
            ("queued messages", counters.queuedMessages, 0),
            ("messages in flight", counters.inFlightMessages, 0),
            ("stored messages", counters.storedMessages, counters.retainedMessages * hosts.count),
            ("stored bytes", counters.storedBytes, counters.retainedBytes * hosts.count),
            ("subscriptions", counters.subscriptions, reference.subscriptionCount),
            ("retained messages", counters.retainedMessages, reference.retained.count),
        ]
        for (name, found, right) in expected where found != right {
            let mayDiffer =
                plan.publishesSystemTopics || reference.retained.contains { $0.deadline != nil }
                || !reference.contested.isEmpty
            if name == "retained messages" && mayDiffer { continue }
            if name.hasPrefix("stored") && mayDiffer && hosts.count > 1 { continue }
            throw Fault("the counter of \(name) is \(found), and must be \(right)")
        }
    }

    private var allCounters: Counters {
        var all = hosts[0].shard.counters
        for host in hosts.dropFirst() { all.add(host.shard.counters) }
        return all
    }

    /// A client that has never been there sees what is retained.
    private func probe() throws(Fault) {
        for version in [ProtocolVersion.v3_1_1, .v5] {
            let client = ClientModel("probe \(version)".mqtt, version, .everything, .atOnce)
            clients.append(client)
            client.link = try openLink(client)
            client.send(.connect(Connect(version: version, clientIdentifier: client.identifier)))
            client.requests = [1]
            let options = SubscriptionOptions(qos: .exactlyOnce)
            client.send(
                .subscribe(Subscribe(packetIdentifier: 1, [.init("#", options), .init("$d/#", options)])))
        }
        try settle()
    }

    /// The broker stops: wills while there are clients to get them, then DISCONNECT 0x8B, and nobody is left.
    private func shutDown() throws(Fault) {
        let late = try openLink(nil)
        history.add("shut down")
        reference.shuttingDown()
        for host in hosts { host.shard.shutDown(at: now) }
        try pump()
        guard !late.isOpen, links.isEmpty else { throw Fault("\(links.map(name)) outlive the broker") }
        let peer = Peer(address: "virtual", listener: "virtual")
        for host in hosts where host.shard.connectionOpened(peer, at: now) != nil {
            throw Fault("a broker that has shut down accepts connections")
        }
    }

    /// Every connection breaks, and time goes on until all wills and sessions have had theirs.
    private func endAll() throws(Fault) {
        for link in links { try lose(link) }
        try passTime(200_000)
        try passTime(10_000_000)
        let counters = allCounters
        guard counters.sessions == reference.sessions.count else {
            throw Fault("there are \(counters.sessions) sessions, and must be \(reference.sessions.count)")
        }
        guard counters.connected == 0 else {
            throw Fault("\(counters.connected) clients count as connected")
        }
    }
}

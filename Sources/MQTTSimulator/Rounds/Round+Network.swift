import MQTTCodec
import MQTTEngine
import NIOCore

/// The virtual network: carries bytes, and does what the shard asks for.
extension Round {
    /// Carries bytes to the shard, as one read.
    func deliver(_ link: Link, atMost limit: Int) throws(Fault) {
        var chunk = ByteBuffer()
        var rest = limit
        // With full queues it must be clear which packet brought about what.
        let takesOne = plan.pressure != .none
        while rest > 0, !link.outgoing.isEmpty {
            let length = min(rest, link.outgoing[0].bytes.readableBytes)
            rest -= length
            if var part = link.outgoing[0].bytes.readSlice(length: length) { chunk.writeBuffer(&part) }
            if case .violation = link.outgoing[0].meaning { reference.violationBegan(link.reference) }
            guard link.outgoing[0].bytes.readableBytes == 0 else { break }
            let meaning = link.outgoing.removeFirst().meaning
            if plan.authenticates && link.reference.stage == .new && !link.reference.isOutlaw {
                link.deferred.append(meaning)
            } else {
                arrived(meaning, link)
            }
            if case .packet(.disconnect) = meaning { rest = 0 }
            if takesOne { break }
        }
        guard chunk.readableBytes > 0 else { return }
        link.host.shard.received(chunk, on: link.connection, at: now)
        try pump()
        guard link.reference.stage != .ended || !link.isOpen || link.reference.isOutlaw else {
            throw Fault("\(name(link)) was not closed [MQTT-4.13.1-1]")
        }
    }

    private func arrived(_ meaning: Link.Meaning, _ link: Link) {
        switch meaning {
        case .packet(let packet):
            history.add("\(name(link)) -> \(packet.summary)")
            reference.arrived(packet, on: link.reference)
        case .violation:
            history.add("\(name(link)) -> violation")
            reference.violated(link.reference)
        }
    }

    /// The authenticator answers, and what has waited for it takes effect.
    func answer(_ link: Link, isAccepted: Bool) throws(Fault) {
        history.add("\(name(link)) \(isAccepted ? "accepted" : "refused")")
        link.isAsked = false
        if isAccepted {
            for meaning in link.deferred { arrived(meaning, link) }
        } else {
            if let client = link.client { link.reference.version = client.version }
            reference.refused(link.reference)
        }
        link.deferred = []
        let outcome: AuthenticationOutcome = isAccepted ? .accepted() : .refused(.notAuthorized)
        link.host.shard.authenticated(link.connection, outcome, at: now)
        try pump()
        guard isAccepted || !link.isOpen else { throw Fault("\(name(link)) was refused and lives") }
    }

    /// Does everything that the shards ask for.
    func pump() throws(Fault) {
        var isDone = false
        while !isDone {
            isDone = true
            for host in hosts {
                while let action = host.shard.nextAction() {
                    isDone = false
                    try perform(action, host)
                }
            }
            for link in links where link.isEager && link.hasOutput && link.isWritable {
                isDone = false
                try fetch(link)
            }
        }
        try reference.checkAtOnce()
        for link in links where !link.mayHideOutput { try reference.checkAnswered(link.reference) }
    }

    private func perform(_ action: Action, _ host: ShardHost) throws(Fault) {
        switch action {
        case .write(let connection):
            guard let link = host.links[connection] else {
                throw Fault("output for \(connection), which is gone")
            }
            link.hasOutput = true
            if link.reference.hiddenSince == nil { link.reference.hiddenSince = now }
        case .close(let connection, let final):
            guard let link = host.links[connection] else { throw Fault("\(connection) was closed twice") }
            try take(final, from: link)
            history.add("\(name(link)) closed by the broker")
            try reference.closed(link.reference)
            try forget(link)
        case .pauseReading(let connection): host.links[connection]?.isReadingPaused = true
        case .resumeReading(let connection): host.links[connection]?.isReadingPaused = false
        case .authenticate(let connection, _):
            guard plan.authenticates else { throw Fault("nobody is there to be asked") }
            host.links[connection]?.isAsked = true
            host.links[connection]?.reference.isAsked = true
        case .authorize: throw Fault("nobody is there to be asked")
        case .readQueue: break
        case .pass(let sibling):
            guard let own = hosts.firstIndex(where: { $0 === host }) else { throw Fault("no such shard") }
            hosts[sibling].shard.received(host.shard.takeBatch(for: sibling), from: own, at: now)
        case .report(let event):
            history.add("report: \(event.summary)")
            try reference.reported(event)
        }
    }

    func fetch(_ link: Link) throws(Fault) {
        let output = link.host.shard.takeOutput(of: link.connection)
        link.hasOutput = false
        try take(output, from: link)
        if link.isWritable { link.reference.hiddenSince = nil }
        link.host.shard.reclaim(output.first)
    }

    private func take(_ output: Output, from link: Link) throws(Fault) {
        link.partial.writeImmutableBuffer(output.first)
        for buffer in output.rest { link.partial.writeImmutableBuffer(buffer) }
        var batch: [ControlPacket] = []
        while let packet = try read(from: link) { batch += saboteur.meddle(with: packet, on: link.reference) }
        for packet in saboteur.shuffle(batch, on: link.reference) {
            history.add("\(name(link)) <- \(packet.summary)")
            let delivery = try reference.sent(packet, on: link.reference)
            link.inbox.append((packet, delivery))
        }
    }

    private func read(from link: Link) throws(Fault) -> ControlPacket? {
        do throws(WireError) {
            return try ControlPacket.read(from: &link.partial, version: link.reference.version)
        } catch {
            throw Fault("\(name(link)) got bytes that are no packet: \(error)")
        }
    }

    /// The connection breaks.
    func lose(_ link: Link) throws(Fault) {
        history.add("\(name(link)) lost")
        reference.lost(link.reference)
        link.host.shard.connectionLost(link.connection, at: now)
        try forget(link)
        try pump()
    }

    private func forget(_ link: Link) throws(Fault) {
        link.isOpen = false
        link.host.links[link.connection] = nil
        link.outgoing = []
        guard let client = link.client, client.link === link else { return }
        // Whether what was on its way still arrives is a matter of luck.
        if chance.percent(50) {
            for (packet, delivery) in link.inbox { try client.read(packet, delivery) }
        }
        client.linkEnded()
    }

    func name(_ link: Link) -> String {
        (link.client?.identifier.description ?? "outlaw") + "/\(link.serial)"
    }
}

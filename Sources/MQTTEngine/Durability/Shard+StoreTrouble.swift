import MQTTCodec

/// A store that cannot write for now: nobody is promised what cannot be kept, and everything else goes on.
extension Shard {
    /// The store has told that it cannot write, or with nil that it can again. May be told more than once.
    public mutating func storeTroubled(_ trouble: StoreTrouble?, at moment: Instant) {
        begin(moment)
        guard storeTrouble != trouble?.kind else { return }
        storeTrouble = trouble?.kind
        // So that ``admit`` looks closer at every publish.
        storeBacklog = trouble == nil ? configuration.limits.storeBacklog : -1
        if trouble == nil { releaseBacklog() }
    }

    /// Whether the store cannot write for now.
    public var isStoreTroubled: Bool { storeTrouble != nil }

    /// What a 5.0 client is told that wants a promise now.
    var storeTroubleReason: ReasonCode? {
        storeTrouble.map { $0 == .full ? .quotaExceeded : .implementationSpecificError }
    }

    /// Much waits for the store, or it does not work.
    mutating func admitToBacklog(_ header: PublishHeader, _ route: Int, _ publisher: Int) -> Admission? {
        guard storeTrouble != nil else { return holdForStore(publisher) }
        guard needsStore(header, route, publisher) else { return nil }
        return connections[publisher].version == .v5 ? .unstorable : holdForStore(publisher)
    }

    /// Whether the acknowledgement of a publish may have to wait for the store.
    private func needsStore(_ header: PublishHeader, _ route: Int, _ publisher: Int) -> Bool {
        if header.qos == .exactlyOnce && sessions[connections[publisher].session].id != 0 { return true }
        // Of a message that is in memory alone, packet identifiers of QoS 2 are stored all the same.
        let isInMemory = routes.routes[route].durability == .memory
        if header.retain && !isInMemory { return true }
        for recipient in routes.routes[route].recipients
        where min(header.qos, recipient.qos) > (isInMemory ? .atLeastOnce : .atMostOnce)
            && sessions[Int(recipient.session)].id != 0
        {
            return true
        }
        if isInMemory && header.qos != .exactlyOnce { return false }
        if !isAlone {
            if routes.routes[route].interest.durable != 0 { return true }
            for share in routes.routes[route].shares where siblings.shares.storingElsewhere(Int(share)) != nil
            {
                return true
            }
        }
        for group in routes.routes[route].groups where subscriptions.groups[Int(group)].id != 0 {
            return true
        }
        return false
    }

    /// The publisher waits until a batch begins, or the store works again.
    private mutating func holdForStore(_ publisher: Int) -> Admission {
        connections[publisher].holds.insert(.room)
        connections[publisher].heldSince = now
        backlogWaiting.append(id(of: publisher))
        return .held
    }

    /// Publishers that waited for the store may try again.
    mutating func releaseBacklog() {
        guard !backlogWaiting.isEmpty, storeTrouble == nil else { return }
        let waiting = backlogWaiting
        backlogWaiting = []
        for id in waiting { release(id) }
    }
}

import DequeModule
import MQTTCodec

extension Shard {
    /// SUBSCRIBE, section 3.8: each filter as if it had come alone, and one SUBACK [MQTT-3.8.4-5].
    mutating func received(_ packet: Subscribe, _ connection: Int) throws(WireError) -> Progress {
        let version = connections[connection].version
        let identifier = packet.properties.subscriptionIdentifiers.first ?? 0
        var filters: [TopicFilter?] = []
        for entry in packet.entries {
            let filter = try? TopicFilter(entry.topicFilter)
            if filter?.isShared == true && entry.options.noLocal { throw .noLocalOnSharedSubscription }
            filters.append(filter)
        }
        // Ask for everything first: nothing may be half done when the packet comes again.
        var permissions: [Permission] = []
        for (entry, filter) in zip(packet.entries, filters) {
            let permission =
                filter.map { permissionToSubscribe($0, entry.options.qos, connection) } ?? .denied
            if permission == .asked { return .held }
            permissions.append(permission)
        }
        connections[connection].answers = [:]
        let session = connections[connection].session
        var codes: [ReasonCode] = []
        var accepted: [(place: Int, isNew: Bool, options: SubscriptionOptions)] = []
        for place in packet.entries.indices {
            let options = packet.entries[place].options
            var code = refusal(of: filters[place], identifier, session)
            if code == nil && permissions[place] == .denied { code = .notAuthorized }
            // SUBACK would have to wait for the store.
            if code == nil && sessions[session].id != 0 { code = storeTroubleReason }
            if code == nil, let filter = filters[place] {
                let known = subscriptions.find(filter, session: session)
                if known == nil
                    && sessions[session].subscriptions.count >= configuration.limits.subscriptionsPerSession
                {
                    code = .quotaExceeded
                } else {
                    subscribe(filter, options, UInt32(identifier), session, known)
                    accepted.append((place, known == nil, options))
                }
            }
            codes.append(code ?? ReasonCode(rawValue: options.qos.rawValue))
            report(.subscribed(client(of: session), filter: packet.entries[place].topicFilter, codes[place]))
        }
        let answer = SubscriptionAcknowledgement(.suback, packetIdentifier: packet.packetIdentifier, codes)
        if isDurable && sessions[session].id != 0 && !accepted.isEmpty {
            promise(.subscriptionAcknowledgement(answer), to: connection)
        } else {
            send(.subscriptionAcknowledgement(answer), to: connection)
        }
        for (place, isNew, options) in accepted {
            guard let filter = filters[place] else { continue }
            startReplay(filter, options, isNew: isNew || version != .v5, identifier, session)
        }
        return .done
    }

    private func refusal(of filter: TopicFilter?, _ identifier: Int, _ session: Int) -> ReasonCode? {
        let offer = configuration.offer
        guard let filter, filter.string.count <= configuration.limits.topicLength,
            Array(filter.pattern).span.topicLevelCount <= configuration.limits.topicLevels
        else { return .topicFilterInvalid }
        if filter.isShared && !offer.sharedSubscriptionAvailable { return .sharedSubscriptionsNotSupported }
        if filter.hasWildcard && !offer.wildcardSubscriptionAvailable {
            return .wildcardSubscriptionsNotSupported
        }
        if identifier != 0 && !offer.subscriptionIdentifierAvailable {
            return .subscriptionIdentifiersNotSupported
        }
        return nil
    }

    private mutating func subscribe(
        _ filter: TopicFilter, _ options: SubscriptionOptions, _ identifier: UInt32, _ session: Int,
        _ known: Int?
    ) {
        if let known {
            noteReplacement(of: known, options.qos, filter, session)
            subscriptions.replace(known, options, identifier: identifier)
        } else {
            _ = addSubscription(filter, options, identifier, session)
            if filter.isShared && pendingGroups > 0 { markReady(session) }
        }
        if isDurable && sessions[session].id != 0 { saveSubscription(filter, options, identifier, session) }
        let pattern = Array(filter.pattern)
        routes.subscriptionsChanged(pattern.span, hasWildcard: filter.hasWildcard)
    }

    /// Adds a subscription to the tables.
    mutating func addSubscription(
        _ filter: TopicFilter, _ options: SubscriptionOptions, _ identifier: UInt32, _ session: Int
    ) -> Int {
        let index = subscriptions.add(filter, options, identifier: identifier, session: session)
        subscriptions.setPlaceInSession(sessions[session].subscriptions.count, of: index)
        sessions[session].subscriptions.append(UInt32(index))
        counters.subscriptions += 1
        if filter.isShared {
            sessions[session].sharedSubscriptions += 1
            counters.sharedSubscriptions += 1
            announceMembers(filter)
        } else if !isAlone {
            let durable = isDurableInterest(options.qos, session) ? 1 : 0
            noteInterest(Array(filter.pattern), all: 1, durable: durable)
        }
        return index
    }

    /// Another QoS may change whether publishers elsewhere have to wait.
    private mutating func noteReplacement(
        of index: Int, _ qos: QoS, _ filter: TopicFilter, _ session: Int
    ) {
        guard !isAlone else { return }
        let before = isDurableInterest(subscriptions.subscriptions[index].options.qos, session)
        let after = isDurableInterest(qos, session)
        guard before != after, !filter.isShared else { return }
        noteInterest(Array(filter.pattern), all: 0, durable: after ? 1 : -1)
    }

    private mutating func saveSubscription(
        _ filter: TopicFilter, _ options: SubscriptionOptions, _ identifier: UInt32, _ session: Int
    ) {
        let stored = StoredSubscription(
            filter: filter.string, options: options, identifier: identifier, isReplaying: false)
        _ = gathering.add(.saveSubscription(session: sessions[session].id, stored), .firm)
        saveGroup(filter, session)
    }

    /// Gives a shared subscription its row, if it has none.
    mutating func saveGroup(_ filter: TopicFilter, _ session: Int) {
        guard isDurable, sessions[session].id != 0,
            let index = subscriptions.find(filter, session: session)
        else { return }
        let group = subscriptions.subscriptions[index].group
        guard group >= 0, subscriptions.groups[group].id == 0 else { return }
        subscriptions.groups[group].id = nextStoreID()
        _ = gathering.add(.saveGroup(subscriptions.groups[group].id, filter: filter.string), .firm)
    }

    /// UNSUBSCRIBE, section 3.10. What is already on its way goes on [MQTT-3.10.4-3].
    mutating func received(_ packet: Unsubscribe, _ connection: Int) {
        let session = connections[connection].session
        var codes: [ReasonCode] = []
        for string in packet.topicFilters {
            guard let filter = try? TopicFilter(string) else {
                codes.append(.topicFilterInvalid)
                continue
            }
            if let index = subscriptions.find(filter, session: session) {
                if sessions[session].id != 0 {
                    let removal = StoreOperation.removeSubscription(
                        session: sessions[session].id, filter: string)
                    _ = gathering.add(removal, .firm)
                }
                removeSubscription(index, of: session)
                stopReplay(string, session)
                report(.unsubscribed(client(of: session), filter: string))
                codes.append(.success)
            } else {
                codes.append(.noSubscriptionExisted)
            }
        }
        let answer = SubscriptionAcknowledgement(
            .unsuback, packetIdentifier: packet.packetIdentifier,
            connections[connection].version == .v5 ? codes : [])
        if isDurable && sessions[session].id != 0 && codes.contains(.success) {
            promise(.subscriptionAcknowledgement(answer), to: connection)
        } else {
            send(.subscriptionAcknowledgement(answer), to: connection)
        }
    }

    mutating func endGroup(_ ended: ShareGroup, _ name: MQTTString) {
        let disk = ended.pending.disk
        if ended.id != 0 {
            let last = disk.isEmpty ? Int64.max : disk.position
            _ = gathering.add(.removeGroup(ended.id, deliveriesThrough: last), .idle)
        }
        guard !ended.pending.isEmpty else { return }
        pendingGroups -= 1
        counters.queuedMessages -= ended.pending.count
        counters.queuedOnDisk -= disk.count
        for delivery in ended.pending.front { endWithOwner(delivery) }
        for delivery in ended.pending.back { end(delivery, owner: ended.id) }
        if !disk.isEmpty { removeLater(EndedQueue(owner: ended.id, disk)) }
        countDrop(name, .noMemberLeft, ended.pending.count)
    }

    /// Removes a subscription; a shared one that loses its last member loses what waited for it.
    mutating func removeSubscription(_ index: Int, of session: Int) {
        let subscription = subscriptions.subscriptions[index]
        let last = sessions[session].subscriptions.removeLast()
        if Int(last) != index {
            sessions[session].subscriptions[subscription.placeInSession] = last
            subscriptions.setPlaceInSession(subscription.placeInSession, of: Int(last))
        }
        let pattern = subscriptions.pattern(of: index)
        let filter = subscription.group >= 0 ? subscriptions.filter(of: index) : MQTTString(pattern)
        counters.subscriptions -= 1
        if subscription.group >= 0 {
            sessions[session].sharedSubscriptions -= 1
            counters.sharedSubscriptions -= 1
        }
        let keepsGroup = subscription.group >= 0 && hasMemberElsewhere(subscription.group)
        if let ended = subscriptions.remove(index, keepsGroup: keepsGroup) {
            endGroup(ended, sessions[session].clientIdentifier)
        }
        routesChanged(pattern)
        guard !isAlone else { return }
        if subscription.group < 0 {
            let durable = isDurableInterest(subscription.options.qos, session) ? -1 : 0
            noteInterest(pattern, all: -1, durable: durable)
        } else if let shared = try? TopicFilter(filter) {
            announceMembers(shared)
        }
    }
}

import DequeModule
import MQTTCodec

extension Shard {
    /// Gives a message to one member of each shared subscription on the route, section 4.8.2.
    mutating func deliverToGroups(_ view: borrowing MessageView, _ route: Int, _ message: inout Int) {
        for group in routes.routes[route].groups {
            deliver(view, toGroup: Int(group), &message)
        }
    }

    mutating func deliver(_ view: borrowing MessageView, toGroup group: Int, _ message: inout Int) {
        // A later message must not overtake what already waits for the group; at QoS 0 nothing waits.
        let mayOvertake = view.qos == .atMostOnce || subscriptions.groups[group].pending.isEmpty
        if mayOvertake, let member = nextMember(group, for: view.qos) {
            let subscription = subscriptions.subscriptions[member]
            let session = subscription.session
            let connection = sessions[session].connection
            let qos = min(view.qos, subscription.options.qos)
            var identifiers = SubscriptionIdentifiers()
            identifiers.add(subscription.identifier)
            let retain = view.retain && subscription.options.retainAsPublished
            if qos == .atMostOnce {
                deliver(view, nil, to: session, qos, retain, identifiers, &message, remaining(view))
                return
            }
            if message < 0 { message = keep(view) }
            let delivery = Delivery(
                message: message, qos: qos, retain: retain, group: Int32(group),
                groupGeneration: subscriptions.groups.generation(of: group), identifiers: identifiers)
            if canSendNow(session, connection) && !isBlocking {
                retainMessage(message)
                send(delivery, session, connection)
            } else {
                enqueue(delivery, session)
            }
            return
        }
        guard view.qos != .atMostOnce,
            hasStoringMember(group) || !subscriptions.groups[group].pending.isEmpty
        else { return }
        if message < 0 { message = keep(view) }
        let delivery = Delivery(
            message: message, qos: view.qos, retain: view.retain, group: Int32(group),
            groupGeneration: subscriptions.groups.generation(of: group))
        enqueue(delivery, inGroup: group)
    }

    private func remaining(_ view: borrowing MessageView) -> UInt32? {
        view.expiresAt.map { UInt32(clamping: ($0.milliseconds(since: now) + 999) / 1000) }
    }

    /// The member whose turn it is: connected and not behind; else one that is connected.
    private mutating func nextMember(_ group: Int, for qos: QoS) -> Int? {
        let count = subscriptions.groups[group].members.count
        let turn = subscriptions.groups[group].turn
        var second: (place: Int, member: Int)?
        for step in 0..<count {
            let place = (turn + step) % count
            let member = Int(subscriptions.groups[group].members[place])
            let session = subscriptions.subscriptions[member].session
            let connection = sessions[session].connection
            guard connection >= 0, !sessions[session].isDoomed else { continue }
            // Only what would be queued needs room.
            let needsRoom = min(qos, subscriptions.subscriptions[member].options.qos) != .atMostOnce
            if !needsRoom || !sessions[session].isFull && canSendNow(session, connection) {
                subscriptions.groups[group].turn = (place + 1) % count
                return member
            }
            // What waits for a member is given back when it goes away: it is not left to the disk.
            let isShort =
                sessions[session].queue.disk.isEmpty
                && sessions[session].queue.count < configuration.limits.queueWindow
            if second == nil && isShort && !sessions[session].isFull { second = (place, member) }
        }
        guard let second else { return nil }
        subscriptions.groups[group].turn = (second.place + 1) % count
        return second.member
    }

    /// Whether messages are kept for the group while nobody can take them: a member whose session is stored,
    /// or one that is connected, was granted more than QoS 0.
    private func hasStoringMember(_ group: Int) -> Bool {
        for member in subscriptions.groups[group].members {
            let subscription = subscriptions.subscriptions[Int(member)]
            if subscription.options.qos != .atMostOnce { return true }
        }
        return false
    }

    mutating func enqueue(_ delivery: Delivery, inGroup group: Int) {
        let size = messages[delivery.message].count
        let limits = configuration.limits
        func isOver() -> Bool {
            subscriptions.groups[group].pending.count >= limits.queueMessages
                || subscriptions.groups[group].pending.bytes + size > limits.queueBytes
                || isMemoryFull
        }
        if isOver() {
            switch queuePolicy(ofGroup: group) {
            case .holdPublishers, .rejectNewest: break
            case .endSession: endMembers(group)
            case .dropOldest:
                while isOver(), let oldest = dequeue(group: group) {
                    end(oldest, owner: subscriptions.groups[group].id)
                    countDrop(subscriptions.groups[group].name, .queueFull)
                }
            }
        }
        if subscriptions.groups[group].pending.isEmpty { pendingGroups += 1 }
        if subscriptions.groups[group].id != 0, messages[delivery.message].durability != .memory,
            belongsOnDisk(.group(group), isOnline: hasOnlineMember(group))
        {
            leaveToDisk(delivery, order: subscriptions.groups[group].nextOrder, .group(group))
            subscriptions.groups[group].nextOrder += 1
            return
        }
        retainMessage(delivery.message)
        var delivery = delivery
        saveRow(&delivery, group: group, inFront: false)
        subscriptions.groups[group].pending.append(delivery, size: size)
        counters.queuedMessages += 1
    }

    /// Its members share the queue, and its end: those who are away, or else the one that takes nothing.
    private mutating func endMembers(_ group: Int) {
        let members = subscriptions.groups[group].members.map {
            subscriptions.subscriptions[Int($0)].session
        }
        var ended = members.filter { sessions[$0].connection < 0 }
        if ended.isEmpty {
            ended = Array(members.sorted { sessions[$0].lastProgress < sessions[$1].lastProgress }.prefix(1))
        }
        for session in ended where !sessions[session].isDoomed {
            sessions[session].isDoomed = true
            doomed.append(session)
        }
    }

    /// What is done when as much waits for a group as may.
    func queuePolicy(ofGroup group: Int) -> QueuePolicy {
        hasOnlineMember(group) ? configuration.onlineQueuePolicy : configuration.offlineQueuePolicy
    }

    private func hasOnlineMember(_ group: Int) -> Bool {
        subscriptions.groups[group].members.contains { member in
            sessions[subscriptions.subscriptions[Int(member)].session].connection >= 0
        }
    }

    /// Takes the first delivery that waits for a group in memory.
    private mutating func dequeue(group: Int) -> Delivery? {
        guard let first = subscriptions.groups[group].pending.first else { return nil }
        subscriptions.groups[group].pending.removeFirst(size: messages[first.message].count)
        counters.queuedMessages -= 1
        if subscriptions.groups[group].pending.isEmpty { pendingGroups -= 1 }
        return first
    }

    /// Saves the row of a delivery that waits for a group, if the group is stored.
    private mutating func saveRow(_ delivery: inout Delivery, group: Int, inFront: Bool) {
        guard subscriptions.groups[group].id != 0, messages[delivery.message].durability != .memory else {
            return
        }
        let order: Int64
        if inFront {
            order = subscriptions.groups[group].previousOrder
            subscriptions.groups[group].previousOrder -= 1
        } else {
            order = subscriptions.groups[group].nextOrder
            subscriptions.groups[group].nextOrder += 1
        }
        saveRow(&delivery, owner: subscriptions.groups[group].id, order: order, .queued, 0)
    }

    /// Whether a group can take one more message.
    mutating func admit(_ header: PublishHeader, toGroup group: Int, _ publisher: Int) -> Admission {
        guard header.qos != .atMostOnce else { return .admitted }
        let isOver = isOver(group)
        // Found with the first one that is looked at, nearly always: there may be many.
        if !isOver && hasMemberWithRoom(group) { return .admitted }
        if let reader = reader(inGroup: group) {
            guard !reader.takesAll else { return .admitted }
            if configuration.onlineQueuePolicy == .holdPublishers {
                return hold(publisher, for: reader.session)
            }
        }
        guard isOver else { return .admitted }
        switch queuePolicy(ofGroup: group) {
        case .holdPublishers, .rejectNewest: return .refused
        case .endSession, .dropOldest: return .admitted
        }
    }

    /// Whether what waits for a group is as much as may.
    func isOver(_ group: Int) -> Bool {
        let limits = configuration.limits
        return subscriptions.groups[group].pending.count >= limits.queueMessages
            || subscriptions.groups[group].pending.bytes >= limits.queueBytes || isStoreFull
    }

    private func hasMemberWithRoom(_ group: Int) -> Bool {
        subscriptions.groups[group].members.contains { member in
            let session = subscriptions.subscriptions[Int(member)].session
            return sessions[session].connection >= 0 && !sessions[session].isFull
        }
    }

    /// The connected member of a group that has taken something last, which publishers may wait for; nil: nobody is
    /// connected. `takesAll`: one of them gets everything at QoS 0, which never waits.
    func reader(inGroup group: Int) -> (session: Int, takesAll: Bool)? {
        var found: (session: Int, takesAll: Bool)?
        for member in subscriptions.groups[group].members {
            let subscription = subscriptions.subscriptions[Int(member)]
            let session = subscription.session
            guard sessions[session].connection >= 0 else { continue }
            let takesAll = subscription.options.qos == .atMostOnce
            guard let other = found else {
                found = (session, takesAll)
                continue
            }
            let isLater = sessions[other.session].lastProgress < sessions[session].lastProgress
            found = (isLater ? session : other.session, other.takesAll || takesAll)
        }
        return found
    }

    /// A member can take more: it gets what the groups that it is in have left over.
    mutating func takeFromGroups(_ session: Int) {
        let connection = sessions[session].connection
        for index in sessions[session].subscriptions {
            let subscription = subscriptions.subscriptions[Int(index)]
            guard subscription.group >= 0, !subscriptions.groups[subscription.group].pending.isEmpty else {
                continue
            }
            let owner = subscriptions.groups[subscription.group].id
            while canSendNow(session, connection), let next = popPending(subscription.group) {
                move(next, from: owner) { shard, moved in
                    var delivery = moved
                    delivery.qos = min(next.qos, subscription.options.qos)
                    delivery.retain = next.retain && subscription.options.retainAsPublished
                    delivery.identifiers = SubscriptionIdentifiers()
                    delivery.identifiers.add(subscription.identifier)
                    shard.send(delivery, session, connection)
                }
            }
            readOn(.group(subscription.group), for: session)
            if let first = subscriptions.groups[subscription.group].pending.first,
                messages[first.message].blockedUntil > storedBatch
            {
                waitForBatch(session)
            }
        }
    }

    private mutating func popPending(_ group: Int) -> Delivery? {
        guard let first = subscriptions.groups[group].pending.first,
            messages[first.message].blockedUntil <= storedBatch
        else { return nil }
        return dequeue(group: group)
    }

    /// A member goes away: what it was chosen for and not yet sent goes back, for others to take.
    mutating func returnSharedQueue(_ session: Int) {
        guard sessions[session].sharedSubscriptions > 0,
            sessions[session].queue.countInMemory > 0
        else { return }
        let returned = sessions[session].queue.removeAll { $0.group >= 0 }
        for delivery in returned {
            sessions[session].queue.bytes -= messages[delivery.message].count
            counters.queuedMessages -= 1
        }
        giveBack(returned, from: session)
    }

    /// Puts deliveries, whose references come along, in front of what their groups have waiting.
    mutating func giveBack(_ deliveries: [Delivery], from session: Int) {
        for delivery in deliveries.reversed() {
            let group = Int(delivery.group)
            guard subscriptions.groups.isCurrent(group, delivery.groupGeneration),
                hasOtherMember(group, than: session)
            else {
                end(delivery, session)
                countDrop(session, .noMemberLeft)
                continue
            }
            if subscriptions.groups[group].pending.isEmpty { pendingGroups += 1 }
            move(delivery, from: sessions[session].id) { shard, moved in
                var waiting = moved
                // The next member has its own options.
                waiting.qos = shard.messages[moved.message].qos
                waiting.retain = shard.messages[moved.message].retain
                shard.saveRow(&waiting, group: group, inFront: true)
                shard.subscriptions.groups[group].pending.prepend(
                    waiting, size: shard.messages[moved.message].count)
            }
            counters.queuedMessages += 1
            wakeMembers(group)
        }
        guard !isAlone else { return }
        for delivery in deliveries
        where subscriptions.groups.isCurrent(Int(delivery.group), delivery.groupGeneration) {
            if let filter = try? TopicFilter(subscriptions.filter(ofGroup: Int(delivery.group))) {
                shedPending(filter)
            }
        }
    }

    private func hasOtherMember(_ group: Int, than session: Int) -> Bool {
        subscriptions.groups[group].members.contains { member in
            let other = subscriptions.subscriptions[Int(member)].session
            return other != session || sessions[other].isStored && !sessions[other].isDoomed
        } || hasMemberElsewhere(group)
    }

    func hasMemberElsewhere(_ group: Int) -> Bool {
        guard !isAlone, let share = siblings.shares.find(subscriptions.filter(ofGroup: group)) else {
            return false
        }
        return siblings.shares.hasMembersElsewhere(share)
    }

    mutating func wakeMembers(_ group: Int) {
        for member in subscriptions.groups[group].members {
            let session = subscriptions.subscriptions[Int(member)].session
            if sessions[session].connection >= 0 { markReady(session) }
        }
    }
}

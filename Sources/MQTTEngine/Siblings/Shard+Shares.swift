import DequeModule
import MQTTCodec

/// Shared subscriptions whose members are on several shards.
extension Shard {
    /// The members of a shared subscription on this shard have changed: siblings are told.
    mutating func announceMembers(_ filter: TopicFilter) {
        guard !isAlone else { return }
        var members = ShareMembers()
        let group = subscriptions.group(of: filter)
        if let group {
            for member in subscriptions.groups[group].members {
                let subscription = subscriptions.subscriptions[Int(member)]
                members.all += 1
                if sessions[subscription.session].connection >= 0 { members.connected += 1 }
                if subscription.options.qos != .atMostOnce { members.isStoring = true }
            }
        }
        let change = siblings.shares.set(members, of: siblings.place.index, filter, group: group ?? -1)
        guard change != .none else { return }
        siblings.tellAll(.members(filter: filter.string, members))
        membersChanged(filter, change)
    }

    /// The client of a session came or went: a member of its shared subscriptions.
    mutating func announceMembers(of session: Int) {
        guard !isAlone, sessions[session].sharedSubscriptions > 0 else { return }
        for index in sessions[session].subscriptions
        where subscriptions.subscriptions[Int(index)].group >= 0 {
            guard let filter = try? TopicFilter(subscriptions.filter(of: Int(index))) else { continue }
            announceMembers(filter)
        }
    }

    mutating func receivedMembers(_ filter: MQTTString, _ members: ShareMembers, from sibling: Int) {
        guard let filter = try? TopicFilter(filter) else { return }
        let change = siblings.shares.set(members, of: sibling, filter)
        if change != .none { membersChanged(filter, change) }
    }

    private mutating func membersChanged(_ filter: TopicFilter, _ change: ShareDirectory.Change) {
        if change == .existence {
            routesChanged(Array(filter.pattern))
            if siblings.shares.find(filter.string) == nil, let group = subscriptions.group(of: filter),
                subscriptions.groups[group].members.isEmpty
            {
                endGroup(subscriptions.removeGroup(group), filter.string)
            }
        }
        shedPending(filter)
    }

    /// A message for a member of a shared subscription on this shard. Where its last one has just gone, others
    /// have the next choice.
    mutating func receivedShare(_ view: borrowing MessageView, _ filter: MQTTString) {
        if isDurable { messageDurability = configuration.durability(view.topic) }
        guard let share = siblings.shares.find(filter) else {
            countDrop(filter, .noMemberLeft)
            return
        }
        let own = siblings.place.index
        let group = siblings.shares.group(of: share)
        let mine = siblings.shares.members(of: share, on: own)
        if mine.connected == 0,
            let shard = siblings.shares.pick(share, except: mine.all == 0 ? 1 << UInt64(own) : 0),
            shard != own
        {
            pass(view, share: share, to: shard, siblings.creditor)
            siblings.creditor = nil
            return
        }
        guard group >= 0 else {
            countDrop(filter, .noMemberLeft)
            return
        }
        if view.qos != .atMostOnce { holdBack(siblings.publisher, group: group) }
        templates.begin()
        hasRetained = false
        var message = -1
        if isBlocking {
            message = keep(view)
            messages[message].blockedUntil = gathering.number
        }
        deliver(view, toGroup: group, &message)
        guard message >= 0 else { return }
        if isDurable { measureWait(message) }
        releaseMessage(message)
    }

    // MARK: What waits

    /// What waits for a shared subscription goes to a shard where somebody can take it, if here nobody can.
    mutating func shedPending(_ filter: TopicFilter) {
        guard pendingGroups > 0, let group = subscriptions.group(of: filter),
            !subscriptions.groups[group].pending.isEmpty, let share = siblings.shares.find(filter.string),
            siblings.shares.members(of: share, on: siblings.place.index).connected == 0,
            let sibling = siblings.shares.connectedElsewhere(share) ?? heir(of: share)
        else { return }
        let owner = subscriptions.groups[group].id
        while let delivery = subscriptions.groups[group].pending.first {
            guard isSettled(delivery) else {
                gathering.wait(.group(filter))
                return
            }
            subscriptions.groups[group].pending.removeFirst(size: messages[delivery.message].count)
            counters.queuedMessages -= 1
            give(delivery, of: owner, filter.string, to: sibling)
        }
        guard !subscriptions.groups[group].pending.isEmpty else {
            pendingGroups -= 1
            return
        }
        // The rest has to be read first.
        let notBefore = subscriptions.groups[group].pending.disk.notBefore
        if notBefore <= storedBatch {
            readOn(.group(group), for: -1)
        } else {
            wait(.group(filter), for: notBefore)
        }
    }

    /// Who keeps what waits for a shared subscription that has no members here any more.
    private func heir(of share: Int) -> Int? {
        guard siblings.shares.members(of: share, on: siblings.place.index).all == 0 else { return nil }
        return siblings.shares.storingElsewhere(share)
    }

    /// Gives a delivery that waited for a shared subscription to a sibling, together with its row.
    mutating func give(_ delivery: Delivery, of owner: Int64, _ filter: MQTTString, to sibling: Int) {
        let message = delivery.message
        var row: PendingRow?
        if delivery.row.order != 0 {
            row = PendingRow(owner: owner, order: delivery.row.order, message: messages[message].id)
            siblings.handedOn[messages[message].id, default: []].append(message)
            retainMessage(message)
        }
        siblings.tell(sibling, .pending(filter: filter, messages[message].travelling(), row))
        releaseMessage(message)
    }

    /// Whether a delivery that waits may go to another shard: else two batches would tell of it, and nobody knows
    /// which comes first.
    private func isSettled(_ delivery: Delivery) -> Bool {
        delivery.row.mark.batch <= storedBatch && messages[delivery.message].blockedUntil <= storedBatch
    }

    /// What waited for members elsewhere.
    mutating func receivedPending(
        _ filter: MQTTString, _ message: Message, _ row: PendingRow?
    ) {
        guard let share = siblings.shares.find(filter), siblings.shares.group(of: share) >= 0 else {
            if let share = siblings.shares.find(filter),
                let sibling = siblings.shares.connectedElsewhere(share)
                    ?? siblings.shares.storingElsewhere(share)
            {
                siblings.tell(sibling, .pending(filter: filter, message, row))
                return
            }
            if let row { remove(row) }
            countDrop(filter, .noMemberLeft)
            return
        }
        hasRetained = false
        messageDurability = message.durability
        let group = siblings.shares.group(of: share)
        let index = insert(message)
        let delivery = Delivery(
            message: index, qos: messages[index].qos, retain: messages[index].retain, group: Int32(group),
            groupGeneration: subscriptions.groups.generation(of: group))
        enqueue(delivery, inGroup: group)
        if let row { remove(row) }
        if isDurable { measureWait(index) }
        wait = .none
        releaseMessage(index)
        wakeMembers(group)
    }

    private mutating func remove(_ row: PendingRow) {
        _ = gathering.add(.removeDelivery(owner: row.owner, order: row.order), .idle)
        gathering.wait(.handedOnStored(row.message))
    }

    /// Takes over a message that came from a sibling, with one reference for whoever brings it.
    mutating func insert(_ message: Message) -> Int {
        var message = message
        message.references = 1
        counters.storedMessages += 1
        counters.storedBytes += message.count
        return messages.insert(message)
    }
}

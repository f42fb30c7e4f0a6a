import DequeModule
import MQTTCodec

/// Long queues: what is beyond the window waits on the disk alone, and is read when its turn comes.
extension Shard {
    /// What a delivery in a queue takes in memory beside the bytes of its message, about.
    private static var deliveryBytes: Int { 256 }
    /// Questions to the store at a time.
    private static var readsAtOnce: Int { 64 }
    /// Bytes of messages wanted at a time.
    private static var bytesAtOnce: Int { 256 * 1024 }

    /// Has a queue changed where it is. There is no subscript for it: what is read through a coroutine of one was seen
    /// to be loaded after the coroutine's frame was freed, in optimised builds of Swift 6.3.
    private mutating func change<Result>(
        _ holder: QueueHolder, _ body: (inout DeliveryQueue) -> Result
    ) -> Result {
        switch holder {
        case .session(let session): body(&sessions[session].queue)
        case .group(let group): body(&subscriptions.groups[group].pending)
        }
    }

    private func disk(of holder: QueueHolder) -> DiskQueue {
        switch holder {
        case .session(let session): sessions[session].queue.disk
        case .group(let group): subscriptions.groups[group].pending.disk
        }
    }

    private func countInMemory(of holder: QueueHolder) -> Int {
        switch holder {
        case .session(let session): sessions[session].queue.countInMemory
        case .group(let group): subscriptions.groups[group].pending.countInMemory
        }
    }

    private func countInFront(of holder: QueueHolder) -> Int {
        switch holder {
        case .session(let session): sessions[session].queue.front.count
        case .group(let group): subscriptions.groups[group].pending.front.count
        }
    }

    private func owner(of holder: QueueHolder) -> Int64 {
        switch holder {
        case .session(let session): sessions[session].id
        case .group(let group): subscriptions.groups[group].id
        }
    }

    /// Bytes that queues take in memory, about.
    private var queueMemory: Int {
        counters.storedBytes - counters.retainedBytes
            + Self.deliveryBytes * (counters.queuedMessages - counters.queuedOnDisk)
    }

    /// How many deliveries of a queue are kept in memory now.
    private func window(isOnline: Bool) -> Int {
        guard queueMemory > configuration.limits.queueMemory else { return configuration.limits.queueWindow }
        return isOnline ? min(32, configuration.limits.queueWindow) : 0
    }

    // MARK: To the disk

    /// Whether a delivery that comes for a session now waits on the disk alone.
    mutating func belongsOnDisk(_ delivery: Delivery, _ session: Int) -> Bool {
        // What a group may have to take back stays in memory: there is little of it.
        guard isDurable, sessions[session].id != 0, delivery.qos != .atMostOnce, delivery.group < 0,
            messages[delivery.message].durability != .memory
        else { return false }
        return belongsOnDisk(.session(session), isOnline: sessions[session].connection >= 0)
    }

    /// Whether what comes for a queue with rows waits on the disk alone.
    mutating func belongsOnDisk(_ holder: QueueHolder, isOnline: Bool) -> Bool {
        let inMemory = countInMemory(of: holder)
        if disk(of: holder).isEmpty { return inMemory >= window(isOnline: isOnline) }
        // The last part is about to be read: then the queue is in memory again.
        let readable = configuration.limits.queueWindow
        if isOnline && disk(of: holder).count <= readable && inMemory < 2 * readable { return false }
        leaveBackToDisk(holder)
        return true
    }

    /// Leaves a delivery that has no row yet to the disk, behind all others of its queue.
    mutating func leaveToDisk(_ given: Delivery, order: Int64, _ holder: QueueHolder) {
        var delivery = given
        delivery.row.order = order
        saveOnDiskAlone(&delivery, owner(of: holder))
        let (size, batch) = (messages[delivery.message].count, gathering.number)
        change(holder) { $0.appendToDisk(order: order, size: size, batch: batch) }
        counters.queuedMessages += 1
        counters.queuedOnDisk += 1
    }

    private mutating func saveOnDiskAlone(_ delivery: inout Delivery, _ owner: Int64) {
        messages[delivery.message].isAwaitedOnDisk = true
        saveMessageRow(delivery.message, .firm)
        delivery.row.isOnDiskAlone = true
        _ = gathering.add(
            row(of: delivery, .queued, 0), owner: owner, .firm, messages[delivery.message].durability)
    }

    /// What waits behind the disk's part in memory goes to the disk too: more comes than is taken.
    private mutating func leaveBackToDisk(_ holder: QueueHolder) {
        let owner = owner(of: holder)
        for given in change(holder, { $0.takeBack() }) {
            var delivery = given
            saveOnDiskAlone(&delivery, owner)
            _ = gathering.cancel(given.row.mark)
            let (order, size) = (delivery.row.order, messages[delivery.message].count)
            let batch = gathering.number
            change(holder) { $0.backWentToDisk(order: order, size: size, batch: batch) }
            counters.queuedOnDisk += 1
            leaveMemory(delivery.message)
        }
    }

    /// A delivery's use of a message in memory ends, and that of its row does not.
    private mutating func leaveMemory(_ message: Int) {
        messages[message].rows -= 1
        messages[message].isAwaitedOnDisk = true
        if let owed = messages[message].owed {
            messages[message].owed = nil
            gathering.wait(.creditor(owed), messages[message].durability)
        }
        if messages[message].references > 1 { makeFindable(message) }
        releaseMessage(message)
    }

    /// A client has gone: what was read for it and not sent is left to the disk, if memory is short.
    mutating func returnToDisk(_ session: Int) {
        guard isDurable, queueMemory > configuration.limits.queueMemory / 2 else { return }
        while let last = sessions[session].queue.lastReturnable {
            sessions[session].queue.returnLast(size: messages[last.message].count)
            counters.queuedOnDisk += 1
            leaveMemory(last.message)
        }
    }

    /// A message in memory that queues on the disk refer to as well is found by its number when they are read.
    mutating func makeFindable(_ message: Int) {
        guard !messages[message].isFindable else { return }
        messages[message].isFindable = true
        awaited.insert(message, in: messages)
    }

    // MARK: From the disk

    /// Asks for the next part of a queue, if there is one and what is in memory runs low.
    ///
    /// - Parameter session: who wants it.
    mutating func readOn(_ holder: QueueHolder, for session: Int) {
        let disk = disk(of: holder)
        guard !disk.isEmpty, !disk.isBeingRead,
            countInFront(of: holder) <= configuration.limits.queueWindow / 2
        else { return }
        let notBefore = disk.notBefore
        guard notBefore <= storedBatch else {
            wait(.session(session, generation: sessions.generation(of: session)), for: notBefore)
            return
        }
        let isAllStored = disk.lastBatch <= storedBatch
        change(holder) { queue in
            queue.disk.isBeingRead = true
            queue.disk.isAllStored = isAllStored
        }
        let limit = configuration.limits
        let question = QueueRead(
            owner: owner(of: holder), after: disk.position, through: disk.end,
            rows: queueMemory > limit.queueMemory ? min(64, limit.queueWindow) : limit.queueWindow,
            bytes: Self.bytesAtOnce)
        switch holder {
        case .session(let session):
            ask(question, .session(session, generation: sessions.generation(of: session)))
        case .group(let group):
            ask(question, .group(group, generation: subscriptions.groups.generation(of: group)))
        }
    }

    mutating func wait(_ waiter: StoreGatherer.Waiter, for batch: UInt64) {
        if gathering.wait(waiter, for: batch) { return }
        // A batch can be stored as a part of the next.
        if let place = storing.firstIndex(where: { $0.number >= batch }) {
            storing[place].waiting.waiters.append(waiter)
        }
    }

    private mutating func ask(_ question: QueueRead, _ reader: QueueReader) {
        if readers.count < Self.readsAtOnce {
            readers[question.owner] = reader
            actions.append(.readQueue(question))
        } else {
            waitingReads.append((question, reader))
        }
    }

    /// The store has read rows of a queue.
    public mutating func queueRead(_ rows: QueueRows, at moment: Instant) {
        begin(moment)
        guard rows.question.includesMessages else {
            removeEnded(rows)
            return
        }
        let reader = readers.removeValue(forKey: rows.question.owner)
        if let (question, next) = waitingReads.popFirst() { ask(question, next) }
        switch reader {
        case .session(let session, let generation):
            guard sessions.isCurrent(session, generation) else { return }
            take(rows, .session(session))
            dropExcess(session)
            markReady(session)
        case .group(let group, let generation):
            guard subscriptions.groups.isCurrent(group, generation) else { return }
            let wasEmpty = subscriptions.groups[group].pending.isEmpty
            take(rows, .group(group))
            if !wasEmpty && subscriptions.groups[group].pending.isEmpty { pendingGroups -= 1 }
            wakeMembers(group)
            if !isAlone, let filter = try? TopicFilter(subscriptions.filter(ofGroup: group)) {
                shedPending(filter)
            }
        case nil: break
        }
    }

    /// While the oldest messages were on the disk alone, more came than the queue may have.
    private mutating func dropExcess(_ session: Int) {
        let isOnline = sessions[session].connection >= 0
        let policy = isOnline ? configuration.onlineQueuePolicy : configuration.offlineQueuePolicy
        guard policy == .dropOldest else { return }
        while sessions[session].queue.count > configuration.limits.queueMessages
            || sessions[session].queue.bytes > configuration.limits.queueBytes,
            dropOldest(session)
        {}
    }

    private mutating func take(_ rows: QueueRows, _ holder: QueueHolder) {
        change(holder) { $0.disk.isBeingRead = false }
        // Otherwise the queue has changed in the meantime, and the rows are asked for again.
        guard disk(of: holder).position == rows.question.after else { return }
        for place in rows.deliveries.indices {
            let row = rows.deliveries[place]
            counters.queuedOnDisk -= 1
            if let message = rows.messages[place] {
                take(row, message, holder)
            } else {
                _ = gathering.add(
                    .removeDelivery(owner: rows.question.owner, order: row.order), .idle)
                change(holder) { $0.dropFirstRead(order: row.order, size: row.size) }
                counters.queuedMessages -= 1
                countDrop(holder, .damaged, 1)
            }
        }
        let disk = disk(of: holder)
        guard rows.isEnd, !disk.isEmpty else { return }
        if !disk.isAllStored {
            change(holder) { $0.disk.notBefore = disk.lastBatch }
        } else if disk.end == rows.question.through {
            let missing = change(holder) { $0.loseDisk() }
            counters.queuedMessages -= missing
            counters.queuedOnDisk -= missing
            countDrop(holder, .damaged, missing)
        }
    }

    private mutating func take(_ row: StoredDelivery, _ stored: StoredMessage, _ holder: QueueHolder) {
        let isForeign = isForeign(row.message)
        let message =
            isForeign ? readForeign(stored) : awaited.find(row.message, in: messages) ?? readMessage(stored)
        messages[message].references += 1
        if !isForeign { messages[message].rows += 1 }
        var delivery = Delivery(message: message, qos: row.qos, retain: row.retain)
        for identifier in row.subscriptionIdentifiers { delivery.identifiers.add(identifier) }
        delivery.row.order = row.order
        delivery.row.isOnDiskAlone = !isForeign
        if isForeign {
            rewrite(&delivery, owner: owner(of: holder), .queued, 0)
            releaseMessage(message)
            gathering.wait(.rowGone(row.message))
        }
        if case .group(let group) = holder {
            delivery.group = Int32(group)
            delivery.groupGeneration = subscriptions.groups.generation(of: group)
        }
        let drop: DropReason
        if messages[message].isExpired(at: now) {
            drop = .expired
        } else if case .session(let session) = holder, !mayTake(message, session) {
            drop = .notAuthorized
        } else {
            change(holder) { $0.readFirst(delivery, size: row.size) }
            return
        }
        change(holder) { $0.dropFirstRead(order: row.order, size: row.size) }
        counters.queuedMessages -= 1
        end(delivery, owner: owner(of: holder))
        countDrop(holder, drop, 1)
    }

    private func isForeign(_ message: Int64) -> Bool {
        !isAlone && siblings.giver(of: message) != siblings.place.index
    }

    /// A message whose row another shard looks after: here it gets a row of its own, and is referred to by whoever
    /// reads it.
    private mutating func readForeign(_ stored: StoredMessage) -> Int {
        var message = Message(stored, expiresAt: instant(stored.expiresAt))
        message.id = 0
        return insert(message)
    }

    private mutating func readMessage(_ stored: StoredMessage) -> Int {
        var message = Message(stored, expiresAt: instant(stored.expiresAt))
        message.isAwaitedOnDisk = true
        counters.storedMessages += 1
        counters.storedBytes += message.count
        let place = messages.insert(message)
        makeFindable(place)
        return place
    }

    private mutating func countDrop(_ holder: QueueHolder, _ reason: DropReason, _ count: Int) {
        switch holder {
        case .session(let session): countDrop(session, reason, count)
        case .group(let group): countDrop(subscriptions.groups[group].name, reason, count)
        }
    }

    /// What another shard took over from here has a row of its own there.
    mutating func handedOnStored(_ id: Int64) {
        guard let message = siblings.handedOn[id]?.popLast() else { return }
        if siblings.handedOn[id]?.isEmpty == true { siblings.handedOn[id] = nil }
        disuseMessageRow(message)
        releaseMessage(message)
    }

    /// Nobody on another shard, or on the disk, refers any more to a message's row whose number was given here.
    mutating func rowGone(_ id: Int64) {
        if let message = awaited.find(id, in: messages) {
            // Its last use in memory will look whether it is needed.
            if messages[message].rows > 0 { return }
            messages[message].isRowGivenUp = true
        }
        _ = gathering.add(.removeMessageUnlessAwaited(id), .idle)
    }

    // MARK: The end

    /// A session has ended: lets go of its queue's part on the disk. Returns up to where its rows can be removed
    /// at once.
    mutating func endDisk(_ session: Int) -> Int64 {
        let disk = sessions[session].queue.disk
        guard !disk.isEmpty else { return .max }
        removeLater(EndedQueue(owner: sessions[session].id, disk))
        counters.queuedMessages -= disk.count
        counters.queuedOnDisk -= disk.count
        return disk.position
    }

    mutating func removeLater(_ ended: EndedQueue) {
        endedQueues.append(ended)
        readEnded()
    }

    /// Asks for rows that are to be removed, one queue after the other.
    mutating func readEnded() {
        guard !isEndedBeingRead, let next = endedQueues.first, next.batch <= storedBatch else { return }
        isEndedBeingRead = true
        actions.append(
            .readQueue(
                QueueRead(
                    owner: next.owner, after: next.after, through: next.through, rows: 2_048,
                    bytes: .max, includesMessages: false)))
    }

    private mutating func removeEnded(_ rows: QueueRows) {
        isEndedBeingRead = false
        guard let ended = endedQueues.first else { return }
        for row in rows.deliveries {
            _ = gathering.add(.removeDelivery(owner: ended.owner, order: row.order), .idle)
            if isForeign(row.message) {
                gathering.wait(.rowGone(row.message))
            } else {
                rowGone(row.message)
            }
        }
        if let last = rows.deliveries.last { endedQueues[0].after = last.order }
        if rows.isEnd { endedQueues.removeFirst() }
        readEnded()
    }
}

import DequeModule
import MQTTCodec
import NIOCore

/// The way of a message from the session to whoever takes it.
extension MQTTClient {
    func addInbox(_ inbox: Inbox) -> Int {
        lastInbox += 1
        inboxes[lastInbox] = inbox
        let number = lastInbox
        // What came before the subscription of a resumed session was made again.
        let early = unclaimed
        unclaimed.removeAll()
        for message in early {
            if inbox.filters.isEmpty || inbox.matches(message.topicName) {
                hand(message, to: [number])
            } else {
                unclaimed.append(message)
            }
        }
        return number
    }

    func deliver(_ packet: Publish, _ delivery: UInt64?) {
        metrics.received(packet.qos)
        let message = Message(packet, client: self, delivery: delivery)
        let takers = takers(of: packet)
        guard takers.isEmpty else { return hand(message, to: takers) }
        if keepsUnclaimed && delivery != nil {
            unclaimed.append(message)
        } else {
            if let delivery { session.acknowledge(delivery, at: .now()) }
            report(.messageUnclaimed(topic: message.topic))
        }
    }

    /// The subscriptions that a message is for: by their identifiers where the server sent them, else by their
    /// filters.
    private func takers(of packet: Publish) -> [Int] {
        let open = inboxes.lazy.filter { $0.value.end == nil }
        if inboxes.count == 1, let only = open.first {
            return only.value.filters.isEmpty || only.value.matches(packet.topicName) ? [only.key] : []
        }
        let identifiers = packet.properties.subscriptionIdentifiers
        var found: [Int] = []
        if !identifiers.isEmpty {
            // Another subscription to the same filter has taken the place of the first on the server.
            var filters: Set<TopicFilter> = []
            for (_, inbox) in open {
                guard let own = inbox.identifier, identifiers.contains(own) else { continue }
                filters.formUnion(inbox.filters.filter { $0.matches(packet.topicName) })
            }
            found = open.filter { !filters.isDisjoint(with: $0.value.filters) }.map(\.key)
        }
        if found.isEmpty { found = open.filter { $0.value.matches(packet.topicName) }.map(\.key) }
        if found.isEmpty { found = open.filter { $0.value.filters.isEmpty }.map(\.key) }
        return found.sorted()
    }

    private func hand(_ message: Message, to numbers: [Int]) {
        if let delivery = message.delivery { claims[delivery] = Set(numbers) }
        for number in numbers {
            var message = message
            message.inbox = number
            if let waiting = inboxes[number]?.waiting.popFirst() {
                taken(message)
                waiting.continuation.resume(returning: .success(message))
            } else {
                inboxes[number]?.messages.append(message)
                if inboxes[number]?.messages.count ?? 0 >= configuration.subscriptionBuffer {
                    fullInboxes.insert(number)
                }
            }
        }
    }

    /// The next message of a subscription; nil at its end, and when the task is cancelled.
    func next(of number: Int) async -> Result<Message?, ClientError> {
        // The inbox is changed where it is: a copy of it would have all of its messages copied.
        guard inboxes[number] != nil else { return .success(nil) }
        if let message = inboxes[number]?.messages.popFirst() {
            let count = inboxes[number]?.messages.count ?? 0
            if fullInboxes.contains(number), count <= configuration.subscriptionBuffer / 2 {
                fullInboxes.remove(number)
                updateReading()
            }
            taken(message)
            return .success(message)
        }
        if let end = inboxes[number]?.end { return end.map { nil } }
        lastWaiting += 1
        let waiting = lastWaiting
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled, inboxes[number] != nil else {
                    return continuation.resume(returning: .success(nil))
                }
                inboxes[number]?.waiting.append((waiting, continuation))
            }
        } onCancel: {
            Task { await self.cancelNext(of: number, waiting) }
        }
    }

    private func cancelNext(of number: Int, _ waiting: Int) {
        guard let index = inboxes[number]?.waiting.firstIndex(where: { $0.number == waiting }) else {
            return
        }
        inboxes[number]?.waiting.remove(at: index).continuation.resume(returning: .success(nil))
    }

    private func taken(_ message: Message) {
        guard let delivery = message.delivery,
            inboxes[message.inbox]?.acknowledgements == .automatic
        else { return }
        acknowledge(delivery, of: message.inbox, .success)
    }

    func acknowledge(_ delivery: UInt64, of number: Int, _ code: ReasonCode) {
        guard claims[delivery]?.remove(number) != nil else { return }
        guard claims[delivery]?.isEmpty == true || code.isFailure else { return }
        claims[delivery] = nil
        session.acknowledge(delivery, code, at: .now())
        if session.output.readableBytes > 0 { sessionChanged() }
    }

    /// No more messages come; what has come can still be taken.
    func endInbox(_ number: Int, _ end: Result<Void, ClientError>) {
        guard inboxes[number]?.end == nil else { return }
        inboxes[number]?.end = end
        // What is left in it holds nobody up: no more is added.
        if fullInboxes.remove(number) != nil { updateReading() }
        let waiting = inboxes[number]?.waiting ?? []
        inboxes[number]?.waiting.removeAll()
        for one in waiting { one.continuation.resume(returning: end.map { nil }) }
    }

    /// Nobody will take what is there: it counts as dealt with, so that the server can go on.
    func removeInbox(_ number: Int) {
        guard let inbox = inboxes.removeValue(forKey: number) else { return }
        fullInboxes.remove(number)
        for one in inbox.waiting { one.continuation.resume(returning: .success(nil)) }
        for (delivery, takers) in claims where takers.contains(number) {
            acknowledge(delivery, of: number, .success)
        }
        updateReading()
    }
}

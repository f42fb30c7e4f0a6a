import DequeModule
import MQTTCodec
import NIOCore

/// The way of a message from the session to whoever takes it.
extension MQTTClient {
    func addInbox(_ inbox: Inbox) -> Int {
        lastInbox += 1
        inboxes[lastInbox] = inbox
        let number = lastInbox
        claim(for: inbox, number)
        return number
    }

    func deliver(_ packet: Publish, _ delivery: UInt64?) {
        metrics.received(packet.qos)
        let message = Message(packet, client: self, delivery: delivery)
        if inboxes.count == 1, let (number, only) = inboxes.first {
            if only.takes(packet.topicName) { return hand(message, to: number, only, .one(number)) }
        } else {
            let takers = takers(of: packet)
            guard takers.isEmpty else { return hand(message, to: takers) }
        }
        if unclaimedEnd != nil && delivery != nil {
            unclaimed.append(message)
        } else {
            leave(message)
        }
    }

    /// The subscriptions that a message is for: by their identifiers where the server sent them, else by their
    /// filters.
    private func takers(of packet: Publish) -> [Int] {
        let open = inboxes.lazy.filter { $0.value.end == nil }
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

    func hand(_ message: Message, to numbers: [Int]) {
        let claim = Claim(numbers)
        for number in numbers {
            guard let inbox = inboxes[number] else { continue }
            hand(message, to: number, inbox, claim)
        }
    }

    private func hand(_ message: consuming Message, to number: Int, _ inbox: Inbox, _ claim: Claim) {
        if let delivery = message.delivery { claims[delivery] = claim }
        message.inbox = number
        if inbox.mailbox.put(message) { fullInboxes.insert(number) }
        if touchedInboxes.last != number { touchedInboxes.append(number) }
    }

    /// Wakes those who wait for the messages that have just come: once for all that came together.
    func wakeTakers() {
        guard !touchedInboxes.isEmpty else { return }
        let numbers = touchedInboxes
        touchedInboxes.removeAll(keepingCapacity: true)
        for number in numbers {
            inboxes[number]?.mailbox.wake()
            settleMailbox(number)
        }
    }

    /// Messages were taken: acknowledges them, and goes on reading if that was held up.
    func settle(_ number: Int) {
        settleMailbox(number)
        sessionChanged()
    }

    private func settleMailbox(_ number: Int) {
        guard let mailbox = inboxes[number]?.mailbox else { return }
        let (taken, isFull) = mailbox.settle()
        for delivery in taken { release(delivery, from: number, .success) }
        if !isFull { fullInboxes.remove(number) }
    }

    func acknowledge(_ delivery: UInt64, of number: Int, _ code: ReasonCode) {
        release(delivery, from: number, code)
        if session.output.readableBytes > 0 { sessionChanged() }
    }

    /// Tells the server that messages have been dealt with, all at once: what ``Message/acknowledge(_:)`` does for one.
    /// Those of other clients are left alone.
    public func acknowledge(_ messages: [Message]) {
        for message in messages where message.client === self {
            if let delivery = message.delivery { release(delivery, from: message.inbox, .success) }
        }
        if session.output.readableBytes > 0 { sessionChanged() }
    }

    /// A subscription is done with a message; when all are that have it, it is acknowledged.
    private func release(_ delivery: UInt64, from number: Int, _ code: ReasonCode) {
        guard let claim = claims[delivery], claim.contains(number) else { return }
        let rest = claim.without(number)
        claims[delivery] = code.isFailure ? nil : rest
        guard claims[delivery] == nil else { return }
        session.acknowledge(delivery, code, at: .now())
    }

    /// No more messages come; what has come can still be taken.
    func endInbox(_ number: Int, _ end: Result<Void, ClientError>) {
        guard inboxes[number]?.end == nil else { return }
        inboxes[number]?.end = end
        // What is left in it holds nobody up: no more is added.
        if fullInboxes.remove(number) != nil { updateReading() }
        inboxes[number]?.mailbox.end(end)
    }

    /// Nobody will take what is there: it counts as dealt with, so that the server can go on.
    func removeInbox(_ number: Int) {
        settleMailbox(number)
        guard let inbox = inboxes.removeValue(forKey: number) else { return }
        fullInboxes.remove(number)
        inbox.mailbox.end(.success(()), empties: true)
        for (delivery, claim) in claims.sorted(by: { $0.key < $1.key }) where claim.contains(number) {
            release(delivery, from: number, .success)
        }
        sessionChanged()
    }
}

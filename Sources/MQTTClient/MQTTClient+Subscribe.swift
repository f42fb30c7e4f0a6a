import MQTTCodec
import NIOCore

extension MQTTClient {
    /// Subscribes, and returns when the server has agreed.
    ///
    /// - Parameters:
    ///   - filter: a topic filter, shared (`$share/NAME/FILTER`) or not.
    ///   - qos: the most that messages come with.
    ///   - acknowledgements: who tells the server that a message has been dealt with.
    ///   - properties: MQTT 5.0: User Properties, and a Subscription Identifier instead of the one that the client
    ///     chooses.
    ///   - timeout: nil: that of the configuration.
    /// - Throws: ``ClientError/subscribeRefused(_:reason:)`` and others of ``ClientError``.
    public func subscribe(
        _ filter: String, qos: QoS = .atMostOnce, acknowledgements: Acknowledgements = .automatic,
        properties: Properties = [], timeout: Duration? = nil
    ) async throws(ClientError) -> Subscription {
        try await subscribe(
            [(filter, SubscriptionOptions(qos: qos))], acknowledgements: acknowledgements,
            properties: properties, timeout: timeout)
    }

    /// Subscribes to several filters at once, for one sequence of messages.
    public func subscribe(
        _ filters: [(filter: String, options: SubscriptionOptions)],
        acknowledgements: Acknowledgements = .automatic, properties: Properties = [],
        timeout: Duration? = nil
    ) async throws(ClientError) -> Subscription {
        guard !filters.isEmpty else { throw .invalidArgument("a subscription needs a topic filter") }
        try check(properties, in: .subscribe)
        var parsed: [TopicFilter] = []
        for (filter, _) in filters {
            guard let one = try? TopicFilter(MQTTString(filter)) else {
                throw .invalidArgument("'\(filter)' is no topic filter")
            }
            parsed.append(one)
        }
        try requireLife()
        var properties = properties
        var identifier = properties.subscriptionIdentifiers.first
        if identifier == nil && configuration.version == .v5
            && session.server.subscriptionIdentifierAvailable
        {
            identifier = nextSubscriptionIdentifier
            nextSubscriptionIdentifier += 1
            properties.list.append(.subscriptionIdentifier(nextSubscriptionIdentifier - 1))
        }
        let mailbox = Mailbox(acknowledgements, capacity: configuration.subscriptionBuffer)
        let number = addInbox(
            Inbox(
                entries: zip(parsed, filters).map { Subscribe.Entry($0.string, $1.options) },
                filters: parsed, properties: properties, identifier: identifier,
                mailbox: mailbox))
        let result = await request(within: timeout ?? configuration.timeout) { session, token in
            session.subscribe(
                zip(parsed, filters).map { Subscribe.Entry($0.string, $1.options) }, properties,
                token: token, at: .now())
        }
        switch result {
        case .failure(let error):
            removeInbox(number)
            if error == .cancelled || error == .timedOut { abandonFilters(parsed) }
            throw error
        case .success(let answer):
            if let refused = answer.reasonCodes.first(where: \.isFailure) {
                removeInbox(number)
                abandonFilters(zip(parsed, answer.reasonCodes).filter { !$1.isFailure }.map(\.0))
                throw .subscribeRefused(refused, reason: answer.properties.reasonString?.description)
            }
            inboxes[number]?.isGranted = true
            return Subscription(
                client: self, number: number, mailbox: mailbox, grants: answer.reasonCodes)
        }
    }

    /// The messages that no subscription takes: those of a session that was there before this client, among
    /// others. May be called before ``connect(retrying:)``.
    public func unclaimedMessages(acknowledgements: Acknowledgements = .automatic) -> Subscription {
        let mailbox = Mailbox(acknowledgements, capacity: configuration.subscriptionBuffer)
        let number = addInbox(
            Inbox(entries: [], filters: [], properties: [], identifier: nil, mailbox: mailbox))
        inboxes[number]?.isGranted = true
        if case .ended(let error) = state {
            endInbox(number, error.map { .failure($0) } ?? .success(()))
        }
        return Subscription(client: self, number: number, mailbox: mailbox, grants: [])
    }

    /// SUBSCRIBE as it is, without a sequence of its own: its messages are unclaimed.
    package func send(
        subscribe entries: [Subscribe.Entry], properties: Properties = [], timeout: Duration? = nil
    ) async throws(ClientError) -> SubscriptionAcknowledgement {
        try requireLife()
        return try await request(within: timeout ?? configuration.timeout) { session, token in
            session.subscribe(entries, properties, token: token, at: .now())
        }.get()
    }

    /// UNSUBSCRIBE as it is.
    package func send(
        unsubscribe filters: [MQTTString], properties: Properties = [], timeout: Duration? = nil
    ) async throws(ClientError) -> SubscriptionAcknowledgement {
        try requireLife()
        return try await request(within: timeout ?? configuration.timeout) { session, token in
            session.unsubscribe(filters, properties, token: token, at: .now())
        }.get()
    }

    func unsubscribe(_ number: Int) async throws(ClientError) {
        guard let inbox = inboxes[number], inbox.end == nil else { return }
        endInbox(number, .success(()))
        let filters = unused(inbox.filters)
        guard !filters.isEmpty else { return }
        if case .ended = state { return }
        let answer = try await request(within: configuration.timeout) { session, token in
            session.unsubscribe(filters, [], token: token, at: .now())
        }.get()
        if let refused = answer.reasonCodes.first(where: \.isFailure) {
            throw .unsubscribeRefused(refused, reason: answer.properties.reasonString?.description)
        }
    }

    /// Nobody refers to a subscription any more.
    func abandon(_ number: Int) {
        guard let inbox = inboxes[number] else { return }
        let wasOpen = inbox.end == nil
        removeInbox(number)
        if wasOpen { abandonFilters(inbox.filters) }
    }

    /// Unsubscribes without waiting for the answer.
    private func abandonFilters(_ filters: [TopicFilter]) {
        let filters = unused(filters)
        guard !filters.isEmpty, state == .connected || state == .waiting || state == .connecting else {
            return
        }
        session.unsubscribe(filters, [], token: nextToken(), at: .now())
        sessionChanged()
    }

    /// The session is gone on the server: subscribes again.
    func resubscribe() {
        for (number, inbox) in inboxes.sorted(by: { $0.key < $1.key })
        where inbox.isGranted && inbox.end == nil && !inbox.entries.isEmpty {
            let token = nextToken()
            let completion = Completion<SubscriptionAcknowledgement>()
            requests[token] = completion
            session.subscribe(inbox.entries, inbox.properties, token: token, at: .now())
            Task { await self.resubscribed(number, completion) }
        }
    }

    private func resubscribed(_ number: Int, _ completion: Completion<SubscriptionAcknowledgement>) async {
        let outcome = await completion.outcome(within: nil, on: eventLoop)
        guard let inbox = inboxes[number], case .success(let answer) = outcome,
            let refused = answer.reasonCodes.first(where: \.isFailure)
        else { return }
        let error = ClientError.subscribeRefused(
            refused, reason: answer.properties.reasonString?.description)
        report(.resubscribeFailed(filter: inbox.filters.first?.description ?? "", error))
        endInbox(number, .failure(error))
    }

    private func requireLife() throws(ClientError) {
        switch state {
        case .idle, .disconnecting, .ended: throw .notConnected
        case .connecting, .connected, .waiting: break
        }
    }

    private func request(
        within timeout: Duration?, _ start: (inout ClientSession, UInt64) -> Void
    ) async -> Result<SubscriptionAcknowledgement, ClientError> {
        let token = nextToken()
        let completion = Completion<SubscriptionAcknowledgement>()
        requests[token] = completion
        start(&session, token)
        sessionChanged()
        let outcome = await completion.outcome(within: timeout, on: eventLoop)
        if case .failure = outcome { requests[token] = nil }
        return outcome
    }

    /// The filters that no open subscription has.
    private func unused(_ filters: [TopicFilter]) -> [MQTTString] {
        let used = Set(inboxes.values.filter { $0.end == nil }.flatMap(\.filters))
        return filters.filter { !used.contains($0) }.map(\.string)
    }
}

import MQTTCodec
import MQTTEngine

/// What operators do to single clients.
extension Broker {
    /// Ends a client's connection: 5.0 clients are told the reason. Its session stays, if it outlives
    /// connections.
    ///
    /// - Parameters:
    ///   - clientIdentifier: whose connection.
    ///   - reason: one that DISCONNECT may carry; else 0x98 Administrative action is used.
    /// - Returns: whether it was connected.
    /// - Throws: ``BrokerError/notRunning``.
    @discardableResult
    public func disconnect(
        client clientIdentifier: MQTTString, reason: ReasonCode = .administrativeAction
    ) async throws -> Bool {
        try await runner.onEachShard { driver in driver.disconnect(client: clientIdentifier, reason) }
            .contains(true)
    }

    /// Discards a client's session with all that is queued for it, and its connection. Its will comes due.
    ///
    /// - Returns: whether there was one.
    /// - Throws: ``BrokerError/notRunning``.
    @discardableResult
    public func endSession(of clientIdentifier: MQTTString) async throws -> Bool {
        try await runner.onEachShard { driver in driver.endSession(of: clientIdentifier) }
            .contains(true)
    }

    /// Takes another configuration of the engine into use, for clients that are connected too. What they were
    /// promised when they connected stays as it is: the offer, and the largest packet.
    ///
    /// - Throws: ``BrokerError/notRunning``.
    public func reconfigure(_ configuration: EngineConfiguration) async throws {
        try await runner.reconfigure(configuration)
    }

    /// Takes other bounds on what addresses, users and clients may try. What they have tried and who is banned
    /// stays; so does ``DefenceLimits/remembered``.
    ///
    /// - Throws: ``BrokerError/notRunning``.
    public func reconfigure(_ defence: DefenceLimits) async throws {
        try runner.sentry.take(defence, files: FileDescriptorLimit.raise())
    }

    // MARK: Listeners

    /// Where the broker listens now.
    ///
    /// - Throws: ``BrokerError/notRunning``.
    public func listeners() throws -> [BoundListener] { try runner.boundListeners }

    /// Opens the sockets of other listeners, as far as they are new; connections to them wait. Clients notice nothing
    /// yet, unless a new listener needs the port of one that goes: that is closed then, for the moment until
    /// ``take(_:ports:isRevoked:)`` or ``abandon(_:)``, one of which has to follow.
    ///
    /// - Throws: `BindError` for the first listener that cannot bind, ``BrokerError`` for one that cannot be;
    ///   everything is as it was then.
    public func prepare(_ listeners: [ListenerConfiguration]) async throws -> ListenerChange {
        for listener in listeners { try listener.validate() }
        return try await runner.prepare(listeners)
    }

    /// Closes the sockets again that ``prepare(_:)`` has opened.
    public func abandon(_ change: ListenerChange) async throws { try await runner.abandon(change) }

    /// Takes other listeners and other ports into use. Clients of listeners that are no more are disconnected with
    /// 0x98 Administrative action; the sockets and the clients of those that stay stay, and new connections get what
    /// is configured now.
    ///
    /// - Parameters:
    ///   - change: nil: the listeners stay as they are.
    ///   - ports: who may connect, and what clients may do from now on. The audit log stays that of the start.
    ///   - isRevoked: as for `reviewRights(isRevoked:)`.
    /// - Throws: ``BrokerError/notRunning``.
    public func take(
        _ change: ListenerChange?, ports: Ports,
        isRevoked: @escaping @Sendable (Event.Client, Credentials) -> Bool = { _, _ in false }
    ) async throws {
        try await runner.take(change, ports, isRevoked)
    }

    /// Removes the message retained at a topic.
    ///
    /// - Returns: whether there was one.
    /// - Throws: ``InProcessError`` and ``BrokerError``.
    @discardableResult
    public func removeRetained(at topic: MQTTString) async throws -> Bool {
        guard try await retainedMessage(at: topic, payloadBytes: 0) != nil else { return false }
        try await publish(topic: topic, qos: .atLeastOnce, retain: true)
        return true
    }
}

import MQTTCodec
import MQTTEngine

/// What operators do to single clients.
extension Broker {
    /// Ends a client's connection: 5.0 clients are told the reason. Its session stays, if it outlives
    /// connections.
    ///
    /// - Parameter reason: one that DISCONNECT may carry; else 0x98 Administrative action is used.
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

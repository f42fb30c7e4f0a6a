import NIOCore

/// A message that was handed to a client and whose end can be awaited.
public struct PublishReceipt: Sendable {
    let completion: Completion<PublishOutcome>
    let token: UInt64
    let client: MQTTClient

    /// Returns when the message's QoS is fulfilled: written to the connection at QoS 0, PUBACK at 1, PUBCOMP at 2.
    ///
    /// - Parameter timeout: nil: that of the configuration.
    /// - Throws: ``ClientError``. When it is cancelled or out of time, a message that was not sent yet is taken
    ///   back; one that was may still arrive.
    @discardableResult
    public nonisolated(nonsending) func fulfilled(
        within timeout: Duration? = nil
    ) async throws(ClientError) -> PublishOutcome {
        let outcome = await completion.outcome(
            within: timeout ?? client.configuration.timeout, on: client.eventLoop)
        if case .failure(let error) = outcome, error == .cancelled || error == .timedOut {
            await client.withdraw(token)
        }
        return try outcome.get()
    }
}

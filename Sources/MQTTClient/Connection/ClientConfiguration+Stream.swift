import NIOCore
import Synchronization

extension ClientConfiguration {
    /// A stream of bytes to the server, made as a client's connection is: through the proxy, TLS, WebSocket. For tools
    /// that speak MQTT themselves.
    ///
    /// - Parameter opened: called on the event loop when bytes can flow, to add handlers.
    package func openStream<Value: Sendable>(
        on eventLoop: any EventLoop, _ opened: @escaping @Sendable (any Channel) throws -> Value
    ) async throws(ClientError) -> (any Channel, Value) {
        let connector = ClientConnector(
            address: server, timeout: TimeAmount(connectTimeout), localAddress: localAddress, proxy: proxy,
            security: security, contexts: securityContexts)
        let result = Mutex<Value?>(nil)
        let channel = try await connector.open(on: eventLoop) { channel in
            let value = try opened(channel)
            result.withLock { $0 = value }
        }
        guard let value = result.withLock({ $0 }) else { throw .connectionLost }
        return (channel, value)
    }
}

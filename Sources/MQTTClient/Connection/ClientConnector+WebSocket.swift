import NIOCore
import NIOHTTP1
import NIOWebSocket

extension ClientConnector {
    /// Makes a WebSocket of a connection, MQTT 5.0 section 6.
    func openWebSocket(
        _ channel: any Channel, path: String, opened: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<Void> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Void>(
            maxFrameSize: Int(Int32.max), enableAutomaticErrorHandling: false
        ) { channel, head in
            channel.eventLoop.makeCompletedFuture {
                // [MQTT-6.0.0-4]
                guard head.headers[canonicalForm: "sec-websocket-protocol"] == ["mqtt"] else {
                    throw ClientError.webSocketRefused("it did not choose the subprotocol mqtt")
                }
                try channel.pipeline.syncOperations.addHandler(WebSocketClientStream())
                try opened(channel)
            }
        }
        let name = address.host.contains(":") ? "[\(address.host)]" : address.host
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: path,
            headers: [
                "Host": address.port == (address.isSecure ? 443 : 80) ? name : "\(name):\(address.port)",
                "Content-Length": "0", "Sec-WebSocket-Protocol": "mqtt",
            ])
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Void>(
            upgradeRequestHead: head, upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeFailedFuture(
                    ClientError.webSocketRefused("the answer to the handshake was no"))
            })
        do {
            return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                configuration: .init(upgradeConfiguration: configuration))
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
    }
}

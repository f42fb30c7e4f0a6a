import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Turns an accepted connection into a WebSocket: the HTTP upgrade of RFC 6455, section 4.2.
struct WebSocketHandshake: Sendable {
    let path: String
    let bounds: WebSocketBounds
    let opened: @Sendable (any Channel) throws -> Void

    func install(on channel: any Channel) throws {
        let bound = NIOLoopBound(HandshakeBound(bounds), eventLoop: channel.eventLoop)
        let refusal = NIOLoopBound(WebSocketRefusal(path: path), eventLoop: channel.eventLoop)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(bound.value)
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    context.pipeline.syncOperations.removeHandler(bound.value, promise: nil)
                    context.pipeline.syncOperations.removeHandler(refusal.value, promise: nil)
                }
            ))
        try pipeline.addHandler(refusal.value)
    }

    private var upgrader: NIOWebSocketServerUpgrader {
        NIOWebSocketServerUpgrader(
            maxFrameSize: min(bounds.frameSize, Int(Int32.max)),
            automaticErrorHandling: false,
            shouldUpgrade: { [path] channel, head in
                guard case .accepted(let subprotocol) = WebSocketRequest(head, path: path) else {
                    return channel.eventLoop.makeSucceededFuture(nil)
                }
                // [MQTT-6.0.0-4]
                return channel.eventLoop.makeSucceededFuture(["Sec-WebSocket-Protocol": subprotocol])
            },
            upgradePipelineHandler: { [bounds, opened] channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        WebSocketStream(closeTime: bounds.closeTime))
                    try opened(channel)
                }
            })
    }
}

import NIOCore
import NIOWebSocket

/// Makes a stream of bytes of a server's WebSocket frames, and masked frames of bytes: MQTT 5.0, section 6.
/// Packets may be split and joined across frames at will [MQTT-6.0.0-2].
final class WebSocketClientStream: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = WebSocketFrame

    private var isClosing = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .binary, .continuation:
            if frame.data.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(frame.data)) }
        case .ping: send(.pong, frame.data, context)
        case .pong: break
        case .connectionClose:
            if !isClosing { send(.connectionClose, frame.data, context) }
            isClosing = true
            context.close(promise: nil)
        default: context.fireErrorCaught(ClientError.unexpectedPacket("a text frame [MQTT-6.0.0-1]"))
        }
    }

    private func send(_ opcode: WebSocketOpcode, _ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: bytes)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        let frame = WebSocketFrame(fin: true, opcode: .binary, maskKey: .random(), data: bytes)
        context.write(wrapOutboundOut(frame), promise: promise)
    }

    /// The end of output is a close frame.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard case .output = mode, !isClosing else {
            context.close(mode: mode, promise: promise)
            return
        }
        isClosing = true
        var reason = ByteBuffer()
        reason.write(webSocketErrorCode: .normalClosure)
        send(.connectionClose, reason, context)
        // The server closes then; whoever asked for the end of output waits for that.
        promise?.succeed()
    }
}

import NIOCore
import NIOWebSocket

/// Makes a stream of bytes of WebSocket frames, and frames of bytes: MQTT 5.0, section 6.
///
/// Packets may be split and joined across frames at will [MQTT-6.0.0-2], so a frame's payload is handed on
/// as it comes, without waiting for the rest of its message.
final class WebSocketStream: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = WebSocketFrame

    private enum State {
        case open
        /// A message has begun whose last fragment has not come.
        case inMessage
        /// A close frame was sent; what still comes is ignored.
        case closing
    }

    private var state = State.open
    private let closeTime: TimeAmount
    private var deadline: Scheduled<Void>?
    /// The answer to the last ping, while the peer does not read. Older ones need none, RFC 6455 section 5.5.3.
    private var owedPong: ByteBuffer?

    init(closeTime: TimeAmount) { self.closeTime = closeTime }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state != .closing else { return }
        let frame = unwrapInboundIn(data)
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            return fail(.protocolError, context)
        }
        switch frame.opcode {
        case .binary:
            guard state == .open else { return fail(.protocolError, context) }
            receive(frame, context)
        case .continuation:
            guard state == .inMessage else { return fail(.protocolError, context) }
            receive(frame, context)
        case .ping:
            owedPong = frame.unmaskedData
            sendPong(context)
        case .pong: break
        case .connectionClose:
            fail(Self.answer(toClose: frame.unmaskedData), context)
        // [MQTT-6.0.0-1]
        case .text: fail(.unacceptableData, context)
        default: fail(.protocolError, context)
        }
    }

    /// The peer's own status, if it may stand in a frame, RFC 6455 section 7.4.
    private static func answer(toClose payload: ByteBuffer) -> WebSocketErrorCode {
        guard payload.readableBytes > 0 else { return .normalClosure }
        switch payload.getInteger(at: payload.readerIndex, as: UInt16.self) {
        case .some(let status)
        where (1000...1003).contains(status) || (1007...1014).contains(status)
            || (3000...4999).contains(status):
            return WebSocketErrorCode(codeNumber: Int(status))
        default: return .protocolError
        }
    }

    private func receive(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        state = frame.fin ? .open : .inMessage
        let bytes = frame.unmaskedData
        if bytes.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(bytes)) }
    }

    private func sendPong(_ context: ChannelHandlerContext) {
        guard state != .closing, context.channel.isWritable, let bytes = owedPong else { return }
        owedPong = nil
        context.writeAndFlush(
            wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, data: bytes)), promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        sendPong(context)
        context.fireChannelWritabilityChanged()
    }

    /// Sends a close frame, says that no more bytes come, and waits a while for the peer to go.
    private func fail(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
        sendClose(code, context)
        context.close(mode: .output, promise: nil)
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    private func sendClose(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
        state = .closing
        var reason = ByteBuffer()
        reason.write(webSocketErrorCode: code)
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: reason)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
        // A paused peer could not be seen to leave.
        _ = try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        deadline = context.eventLoop.scheduleTask(in: closeTime) { [channel = context.channel] in
            channel.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? NIOWebSocketError {
            if state != .closing { fail(WebSocketErrorCode(error), context) }
        } else if state != .closing {
            context.fireErrorCaught(error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard state != .closing else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        let frame = WebSocketFrame(fin: true, opcode: .binary, data: unwrapOutboundIn(data))
        context.write(wrapOutboundOut(frame), promise: promise)
    }

    /// The end of output is a close frame.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if case .output = mode {
            guard state != .closing else {
                promise?.fail(ChannelError.outputClosed)
                return
            }
            sendClose(.normalClosure, context)
        }
        context.close(mode: mode, promise: promise)
    }
}

extension WebSocketErrorCode {
    init(_ error: NIOWebSocketError) {
        switch error {
        case .invalidFrameLength: self = .messageTooLarge
        default: self = .protocolError
        }
    }
}

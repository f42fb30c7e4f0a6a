import NIOCore

/// Bounds the HTTP request by size and time. It stands before all other handlers until the upgrade is done.
final class HandshakeBound: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var remaining: Int
    private let bounds: WebSocketBounds
    private var deadline: Scheduled<Void>?

    init(_ bounds: WebSocketBounds) {
        self.bounds = bounds
        remaining = bounds.requestSize
    }

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = context.eventLoop.scheduleTask(in: bounds.handshakeTime) { [channel = context.channel] in
            channel.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard remaining >= 0 else { return }
        remaining -= unwrapInboundIn(data).readableBytes
        guard remaining < 0 else {
            context.fireChannelRead(data)
            return
        }
        let answer =
            "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        // The rest of the request is read, so that the answer is not lost; the deadline ends that.
        context.close(mode: .output, promise: nil)
    }
}

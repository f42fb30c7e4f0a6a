import NIOCore

/// Takes the header of a proxy off a stream, then leaves it to the stages that follow.
final class ProxyHeaderReader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let arrival: Arrival
    private let stage: ProxyStage
    private let next: @Sendable (Arrival) throws -> Void
    private var buffer = ByteBuffer()
    private var deadline: Scheduled<Void>?
    private var isOver = false

    init(_ arrival: Arrival, _ stage: ProxyStage, _ next: @escaping @Sendable (Arrival) throws -> Void) {
        self.arrival = arrival
        self.stage = stage
        self.next = next
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: stage.time) {
            let (reader, context) = bound.value
            reader.fail(nil, context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        buffer.writeImmutableBuffer(unwrapInboundIn(data))
        do throws(ProxyHeader.Problem) {
            guard let header = try ProxyHeader.read(from: &buffer) else { return }
            proceed(header, context)
        } catch {
            fail(error, context)
        }
    }

    private func proceed(_ header: ProxyHeader, _ context: ChannelHandlerContext) {
        isOver = true
        deadline?.cancel()
        var arrival = arrival
        if let source = header.source { arrival.remoteAddress = source }
        do {
            try stage.introduced(arrival)
            try next(arrival)
        } catch {
            return context.close(promise: nil)
        }
        if buffer.readableBytes > 0 {
            context.fireChannelRead(wrapInboundOut(buffer))
            context.fireChannelReadComplete()
        }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func fail(_ problem: ProxyHeader.Problem?, _ context: ChannelHandlerContext) {
        guard !isOver else { return }
        isOver = true
        stage.failed(arrival, problem?.explanation ?? "the proxy's header took too long")
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }
}

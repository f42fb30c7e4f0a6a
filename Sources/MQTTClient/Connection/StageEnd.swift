import NIOCore

/// Waits at the end of a pipeline until a stage of making a connection is done: until an event that says so, or
/// until it cannot be any more.
final class StageEnd: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let isDone: (Any) -> Bool
    private let failure: (any Error) -> ClientError
    private var promise: EventLoopPromise<Void>?

    init(
        _ promise: EventLoopPromise<Void>, failure: @escaping (any Error) -> ClientError,
        isDone: @escaping (Any) -> Bool
    ) {
        self.promise = promise
        self.failure = failure
        self.isDone = isDone
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        guard isDone(event), let promise = take() else { return }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        promise.succeed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        take()?.fail(failure(error))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        take()?.fail(failure(ChannelError.eof))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { take()?.fail(failure(ChannelError.eof)) }

    private func take() -> EventLoopPromise<Void>? {
        defer { promise = nil }
        return promise
    }
}

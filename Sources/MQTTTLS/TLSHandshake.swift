import NIOCore
import NIOSSL
import NIOTLS

/// Waits for the end of a handshake, no longer than it may take, and opens the stream then.
final class TLSHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let time: TimeAmount
    private let report: HandshakeReport
    private let opened: @Sendable (any Channel) throws -> Void
    private var deadline: Scheduled<Void>?

    init(
        time: TimeAmount, _ report: HandshakeReport, opened: @escaping @Sendable (any Channel) throws -> Void
    ) {
        self.time = time
        self.report = report
        self.opened = opened
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let report = NIOLoopBound(report, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: time) { [channel = context.channel] in
            report.value.fail("the TLS handshake took too long")
            channel.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted? = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        deadline?.cancel()
        do {
            try opened(context.channel)
            report.succeed()
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            report.fail("\(error)")
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        report.fail("the connection ended during the TLS handshake")
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        report.fail(HandshakeFailure.reason(error))
        context.close(promise: nil)
    }
}

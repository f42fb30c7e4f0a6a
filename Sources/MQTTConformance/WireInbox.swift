import MQTTCodec
import NIOCore

/// What came over one connection and was not taken yet. Used on the event loop only.
final class WireInbox: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// The next thing that a broker did.
    enum Arrival: Hashable, Sendable {
        case packet(ControlPacket)
        case end
        case silence
        case malformed(WireError)
    }

    private let version: ProtocolVersion
    private var bytes = ByteBuffer()
    private var isOver = false
    private var waiting: (promise: EventLoopPromise<Arrival>, timer: Scheduled<Void>)?

    init(_ version: ProtocolVersion) { self.version = version }

    func next(within time: TimeAmount, on eventLoop: any EventLoop) -> EventLoopFuture<Arrival> {
        if let arrival = take() { return eventLoop.makeSucceededFuture(arrival) }
        let promise = eventLoop.makePromise(of: Arrival.self)
        let timer = eventLoop.assumeIsolated().scheduleTask(in: time) { self.answer(.silence) }
        waiting = (promise, timer)
        return promise.futureResult
    }

    private func take() -> Arrival? {
        do {
            if let packet = try ControlPacket.read(from: &bytes, version: version) { return .packet(packet) }
            return isOver ? .end : nil
        } catch {
            return .malformed(error)
        }
    }

    private func answer(_ arrival: Arrival) {
        guard let waiting else { return }
        self.waiting = nil
        waiting.timer.cancel()
        waiting.promise.succeed(arrival)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var more = unwrapInboundIn(data)
        bytes.writeBuffer(&more)
        if waiting != nil, let arrival = take() { answer(arrival) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isOver = true
        if waiting != nil, let arrival = take() { answer(arrival) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

import MQTTEngine
import NIOCore

/// The one handler between a channel and the shard of its event loop: bytes pass through it, and nothing
/// else. Packets are the shard's matter.
final class ConnectionHandler: ChannelInboundHandler, Connection {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let driver: ShardDriver
    private let peer: Peer
    private let isWelcome: () -> Bool
    /// nil before the shard knows the connection and after it has forgotten it.
    private var id: ConnectionID?
    private var context: ChannelHandlerContext?

    /// - Parameter isWelcome: asked when bytes can flow; false for a listener that is no more.
    init(driver: ShardDriver, peer: Peer, isWelcome: @escaping () -> Bool) {
        self.driver = driver
        self.peer = peer
        self.isWelcome = isWelcome
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { open(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        lose()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        open(context)
    }

    private func open(_ context: ChannelHandlerContext) {
        guard id == nil else { return }
        id = isWelcome() ? driver.opened(self, peer) : nil
        if id == nil { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        lose()
    }

    private func lose() {
        guard let id else { return }
        self.id = nil
        driver.lost(id)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard let id else { return driver.receiveBuffer.giveBack(bytes) }
        driver.received(bytes, on: id)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if let id { driver.writabilityChanged(context.channel.isWritable, of: id) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A WebSocket peer has said that it is done; the transport ends the connection by itself.
        if event as? ChannelEvent == .inputClosed { lose() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func write(_ first: ByteBuffer, _ rest: [ByteBuffer]) {
        guard let context else { return }
        if rest.isEmpty {
            context.writeAndFlush(wrapOutboundOut(first), promise: nil)
        } else {
            if first.readableBytes > 0 { context.write(wrapOutboundOut(first), promise: nil) }
            for buffer in rest { context.write(wrapOutboundOut(buffer), promise: nil) }
            context.flush()
        }
    }

    func pauseReading() { setReading(false) }

    func resumeReading() { setReading(true) }

    private func setReading(_ isReading: Bool) {
        _ = try? context?.channel.syncOptions?.setOption(.autoRead, value: isReading)
    }

    func finish() {
        id = nil
        // A paused peer could not be seen to leave, and bytes left unread would turn the end of the stream
        // into a reset, which can overtake the last bytes.
        setReading(true)
        context?.close(mode: .output, promise: nil)
    }

    func abort() {
        id = nil
        context?.close(promise: nil)
    }
}

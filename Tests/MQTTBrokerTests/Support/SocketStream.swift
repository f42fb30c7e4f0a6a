import NIOCore
import NIOPosix

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#endif

/// A TCP or Unix socket.
final class SocketStream: ByteStream {
    let channel: any Channel
    private let inbound: Inbound

    /// Hands out what the channel reads, in order.
    private actor Inbound {
        private var iterator: AsyncStream<ByteBuffer>.Iterator

        init(_ stream: AsyncStream<ByteBuffer>) { iterator = stream.makeAsyncIterator() }

        func next() async -> ByteBuffer? {
            var copy = iterator
            let bytes = await copy.next(isolation: #isolation)
            iterator = copy
            return bytes
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncStream<ByteBuffer>.Continuation

        init(_ continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(unwrapInboundIn(data))
        }
        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private init(_ channel: any Channel, _ inbound: AsyncStream<ByteBuffer>) {
        self.channel = channel
        self.inbound = Inbound(inbound)
    }

    /// Connects to an address. With `reads` false nothing is read until ``startReading()``.
    static func connect(
        to address: SocketAddress, reads: Bool = true, receiveBuffer: Int? = nil, isSecure: Bool = false
    ) async throws -> SocketStream {
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        var bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if isSecure { try channel.pipeline.syncOperations.addHandler(TestCertificate.client()) }
                    try channel.pipeline.syncOperations.addHandler(Handler(continuation))
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
        }
        return SocketStream(try await bootstrap.connect(to: address).get(), stream)
    }

    func startReading() async throws {
        try await channel.setOption(.autoRead, value: true).get()
    }

    func send(_ bytes: ByteBuffer) async throws {
        try await channel.writeAndFlush(bytes)
    }

    func receive() async throws -> ByteBuffer? { await inbound.next() }

    func close() async { try? await channel.close() }

    /// Closes with a reset instead of an orderly end.
    func reset() async throws {
        guard let options = channel as? any SocketOptionProvider else { return }
        try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close()
    }
}

extension EventLoopGroup where Self == MultiThreadedEventLoopGroup {
    static var singletonMultiThreadedEventLoopGroup: MultiThreadedEventLoopGroup { .singleton }
}

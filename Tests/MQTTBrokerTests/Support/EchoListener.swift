import MQTTTransport
import NIOCore
import NIOPosix

/// A listener that sends back what it receives, in place of a broker.
struct EchoListener {
    let channels: [any Channel]
    let group: MultiThreadedEventLoopGroup

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
            if String(buffer: bytes) == "enough" { context.close(mode: .output, promise: nil) }
        }
    }

    var address: SocketAddress { channels[0].localAddress ?? .makeUnspecified }

    static func with(
        _ url: ListenerURL, configure: (inout StreamListener) -> Void = { _ in },
        _ body: (EchoListener) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var listener = StreamListener(
            url: url, accepted: { _ in },
            opened: { arrival in try arrival.channel.pipeline.syncOperations.addHandler(Echo()) })
        configure(&listener)
        do {
            let channels = try await listener.bind(on: group)
            try await body(EchoListener(channels: channels, group: group))
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }
}

extension SocketAddress {
    fileprivate static var makeUnspecified: SocketAddress { .init(sockaddr_un()) }
}

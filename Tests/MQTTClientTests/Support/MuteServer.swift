import MQTTCodec
import NIOCore
import NIOPosix

/// A server that accepts every connection, and answers nothing after that: not even the end of it.
struct MuteServer {
    let port: Int

    static func with(_ body: (MuteServer) async throws -> Void) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(MuteServer(port: channel.localAddress?.port ?? 0))
        } catch {
            try? await channel.close()
            throw error
        }
        try? await channel.close()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private var bytes = ByteBuffer()
        private var isAccepted = false

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !isAccepted else { return }
            bytes.writeImmutableBuffer(unwrapInboundIn(data))
            guard case .connect(let connect)? = try? ControlPacket.read(from: &bytes, version: .v5) else {
                return
            }
            isAccepted = true
            var properties: Properties = []
            properties.authenticationMethod = connect.properties.authenticationMethod
            var answer = ByteBuffer()
            Connack(properties: properties).encode(into: &answer, version: .v5)
            context.writeAndFlush(NIOAny(answer), promise: nil)
        }
    }
}

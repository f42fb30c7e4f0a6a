import MQTTCodec
import NIOCore
import NIOPosix

/// A server that answers every CONNECT in the same way, and tells whoever is connected to go elsewhere.
struct RedirectingServer {
    let channel: any Channel
    var port: Int { channel.localAddress?.port ?? 0 }

    /// - Parameter reference: where it sends clients: with CONNACK, or with DISCONNECT after a CONNACK of success.
    static func with(
        reference: MQTTString, afterConnecting: Bool, _ body: (RedirectingServer) async throws -> Void
    ) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(reference: reference, afterConnecting: afterConnecting))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(RedirectingServer(channel: channel))
        } catch {
            try? await channel.close()
            throw error
        }
        try? await channel.close()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let reference: MQTTString
        let afterConnecting: Bool
        var bytes = ByteBuffer()

        init(reference: MQTTString, afterConnecting: Bool) {
            self.reference = reference
            self.afterConnecting = afterConnecting
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes.writeImmutableBuffer(unwrapInboundIn(data))
            guard case .connect? = try? ControlPacket.read(from: &bytes, version: .v5) else { return }
            var answer = ByteBuffer()
            if afterConnecting {
                Connack().encode(into: &answer, version: .v5)
                Disconnect(reasonCode: .serverMoved, properties: [.serverReference(reference)])
                    .encode(into: &answer, version: .v5)
            } else {
                Connack(reasonCode: .useAnotherServer, properties: [.serverReference(reference)])
                    .encode(into: &answer, version: .v5)
            }
            context.writeAndFlush(NIOAny(answer), promise: nil)
            context.close(promise: nil)
        }
    }
}

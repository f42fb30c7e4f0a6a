import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// A server that makes handshakes, tells which protocol each chose, and closes.
struct TLSWitness {
    let port: Int
    private let events: AsyncStream<String?>

    /// What the next handshake chose by ALPN; the outer nil: there will be none.
    func next() async -> String?? {
        var iterator = events.makeAsyncIterator()
        return await iterator.next()
    }

    static func with(
        _ authority: TestAuthority, preSharedKey: (identity: String, key: [UInt8])? = nil,
        _ body: (TLSWitness) async throws -> Void
    ) async throws {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(authority.path("server.pem"))
                .map { .certificate($0) },
            privateKey: .privateKey(
                try NIOSSLPrivateKey(file: authority.path("server.key"), format: .pem)))
        if let preSharedKey {
            configuration = .makePreSharedKeyConfiguration()
            configuration.maximumTLSVersion = .tlsv12
            configuration.pskServerProvider = { context in
                var key = NIOSSLSecureBytes()
                if context.clientIdentity == preSharedKey.identity {
                    key.append(contentsOf: preSharedKey.key)
                }
                return PSKServerIdentityResponse(key: key)
            }
        }
        configuration.applicationProtocols = ["x-special", "mqtt", "http/1.1"]
        let context = try NIOSSLContext(configuration: configuration)
        let (events, continuation) = AsyncStream.makeStream(of: String?.self)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOSSLServerHandler(context: context), Reporter(continuation),
                    ])
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(TLSWitness(port: listener.localAddress?.port ?? 0, events: events))
        } catch {
            try? await listener.close()
            throw error
        }
        try await listener.close()
    }

    private final class Reporter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let continuation: AsyncStream<String?>.Continuation

        init(_ continuation: AsyncStream<String?>.Continuation) { self.continuation = continuation }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted(let chosen)? = event as? TLSUserEvent { continuation.yield(chosen) }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.close(promise: nil) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

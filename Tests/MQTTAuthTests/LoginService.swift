import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A web service for logins, on a port of the kernel's choice.
final class LoginService: Sendable {
    typealias Answer = (status: HTTPResponseStatus, body: String)?

    private let channel: any Channel
    private let log: Log

    final class Log: Sendable {
        let bodies = Mutex<[String]>([])
    }

    /// What was asked, in order.
    var questions: [String] { log.bodies.withLock { $0 } }

    var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/login" }

    /// - Parameter answer: to a body; nil: never any.
    static func start(_ answer: @escaping @Sendable (String) -> Answer) async throws -> LoginService {
        let log = Log()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(log, answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return LoginService(channel, log)
    }

    private init(_ channel: any Channel, _ log: Log) {
        self.channel = channel
        self.log = log
    }

    func stop() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let log: Log
        private let answer: @Sendable (String) -> Answer
        private var body = ""

        init(_ log: Log, _ answer: @escaping @Sendable (String) -> Answer) {
            self.log = log
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head: body = ""
            case .body(let part): body += String(buffer: part)
            case .end:
                log.bodies.withLock { $0.append(body) }
                guard let (status, text) = answer(body) else { return }
                let head = HTTPResponseHead(
                    version: .http1_1, status: status,
                    headers: ["Content-Length": "\(text.utf8.count)", "Location": "http://127.0.0.1:9/"])
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}

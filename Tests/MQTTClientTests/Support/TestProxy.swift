import MQTTClient
import NIOCore
import NIOPosix
import Synchronization

/// A proxy that connects to where it is asked to, and remembers it.
final class TestProxy: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case http
        case socks5
    }

    private let kind: Kind
    private let refuses: Bool
    private let asked = Mutex<[String]>([])
    private let port = Mutex(0)

    private init(_ kind: Kind, refuses: Bool) {
        self.kind = kind
        self.refuses = refuses
    }

    var targets: [String] { asked.withLock { $0 } }

    var address: Proxy {
        let port = port.withLock { $0 }
        return switch kind {
        case .http: .http(host: "127.0.0.1", port: port)
        case .socks5: .socks5(host: "127.0.0.1", port: port)
        }
    }

    static func with(_ kind: Kind, refuses: Bool = false, _ body: (TestProxy) async throws -> Void)
        async throws
    {
        let proxy = TestProxy(kind, refuses: refuses)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Side(proxy))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        proxy.port.withLock { $0 = listener.localAddress?.port ?? 0 }
        do { try await body(proxy) } catch {
            try? await listener.close()
            throw error
        }
        try await listener.close()
    }

    /// What is to be said to a client that asks, and where it wants to go; nil: it has not said all.
    private func answer(_ bytes: inout ByteBuffer, greeted: inout Bool) -> (
        reply: [UInt8], host: String?, port: Int
    )? {
        switch kind {
        case .http:
            let text = String(buffer: bytes)
            guard text.hasSuffix("\r\n\r\n") else { return nil }
            bytes.clear()
            let target = text.split(separator: " ")[1].split(separator: ":")
            return refuses
                ? (Array("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n".utf8), nil, 0)
                : (Array("HTTP/1.1 200 Connected\r\n\r\n".utf8), String(target[0]), Int(target[1]) ?? 0)
        case .socks5:
            guard greeted else {
                guard bytes.readBytes(length: 3) == [5, 1, 0] else { return nil }
                greeted = true
                return ([5, 0], nil, -1)
            }
            guard bytes.readBytes(length: 4) == [5, 1, 0, 3], let length: UInt8 = bytes.readInteger(),
                let host = bytes.readString(length: Int(length)), let port: UInt16 = bytes.readInteger()
            else { return nil }
            let reply: [UInt8] = [5, refuses ? 2 : 0, 0, 1, 0, 0, 0, 0, 0, 0]
            return (reply, refuses ? nil : host, Int(port))
        }
    }

    fileprivate final class Side: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let proxy: TestProxy
        private var bytes = ByteBuffer()
        private var greeted = false

        init(_ proxy: TestProxy) { self.proxy = proxy }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var more = unwrapInboundIn(data)
            bytes.writeBuffer(&more)
            guard let (reply, host, port) = proxy.answer(&bytes, greeted: &greeted) else { return }
            let channel = context.channel
            guard let host else {
                channel.writeAndFlush(ByteBuffer(bytes: reply), promise: nil)
                if port >= 0 { channel.close(promise: nil) }
                return
            }
            proxy.asked.withLock { $0.append("\(host):\(port)") }
            let handler = context.handler
            ClientBootstrap(group: channel.eventLoop)
                .channelInitializer { other in
                    other.eventLoop.makeCompletedFuture {
                        try other.pipeline.syncOperations.addHandler(Pipe(to: channel, budget: .max))
                    }
                }
                .connect(host: "127.0.0.1", port: port).assumeIsolated().whenComplete { result in
                    guard case .success(let other) = result else { return channel.close(promise: nil) }
                    let pipeline = channel.pipeline.syncOperations
                    try? pipeline.addHandler(Pipe(to: other, budget: .max))
                    if let handler = handler as? Side { pipeline.removeHandler(handler, promise: nil) }
                    channel.writeAndFlush(ByteBuffer(bytes: reply), promise: nil)
                }
        }
    }
}

extension TestProxy.Side: RemovableChannelHandler {}

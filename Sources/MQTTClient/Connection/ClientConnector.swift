import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// Makes a stream of bytes to a server: whatever the transport, the handlers of an opened stream read and
/// write `ByteBuffer`s.
struct ClientConnector: Sendable {
    var address: ServerAddress
    var timeout: TimeAmount
    /// The address of this machine that the connection goes out from; nil: the system chooses.
    var localAddress: String?
    /// Called with a new channel before any byte flows: the place for handlers that encrypt.
    var secure: @Sendable (any Channel) throws -> Void = { _ in }

    /// - Parameter opened: called on the event loop when bytes can flow, to add handlers.
    func open(
        on eventLoop: any EventLoop, opened: @escaping @Sendable (any Channel) throws -> Void
    ) async throws(ClientError) -> any Channel {
        do {
            switch address {
            case .tcp(let host, let port):
                return try await bootstrap(on: eventLoop)
                    .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try secure(channel)
                            try opened(channel)
                        }
                    }
                    .connect(host: host, port: port).get()
            case .unix(let path):
                return try await bootstrap(on: eventLoop)
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try secure(channel)
                            try opened(channel)
                        }
                    }
                    .connect(unixDomainSocketPath: path).get()
            case .webSocket(let host, let port, let path):
                return try await openWebSocket(host, port, path, on: eventLoop, opened: opened)
            }
        } catch let error as ClientError {
            throw error
        } catch {
            throw .unreachable(ConnectFailure.text(error))
        }
    }

    private func bootstrap(on eventLoop: any EventLoop) throws -> ClientBootstrap {
        let bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(timeout)
            .channelOption(.maxMessagesPerRead, value: 4)
        guard let localAddress else { return bootstrap }
        return bootstrap.bind(to: try SocketAddress.makeAddressResolvingHost(localAddress, port: 0))
    }

    private func openWebSocket(
        _ host: String, _ port: Int, _ path: String, on eventLoop: any EventLoop,
        opened: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        let upgrader = NIOTypedWebSocketClientUpgrader<Void>(
            maxFrameSize: Int(Int32.max), enableAutomaticErrorHandling: false
        ) { channel, head in
            channel.eventLoop.makeCompletedFuture {
                // [MQTT-6.0.0-4]
                guard head.headers[canonicalForm: "sec-websocket-protocol"] == ["mqtt"] else {
                    throw ClientError.webSocketRefused("it did not choose the subprotocol mqtt")
                }
                try channel.pipeline.syncOperations.addHandler(WebSocketClientStream())
                try opened(channel)
            }
        }
        let name = host.contains(":") ? "[\(host)]" : host
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: path,
            headers: [
                "Host": port == 80 ? name : "\(name):\(port)", "Content-Length": "0",
                "Sec-WebSocket-Protocol": "mqtt",
            ])
        let upgraded: EventLoopFuture<any Channel> = try await bootstrap(on: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try secure(channel)
                    let configuration = NIOTypedHTTPClientUpgradeConfiguration<Void>(
                        upgradeRequestHead: head, upgraders: [upgrader],
                        notUpgradingCompletionHandler: { channel in
                            channel.eventLoop.makeFailedFuture(
                                ClientError.webSocketRefused("the answer to the handshake was no"))
                        })
                    let done = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                        configuration: .init(upgradeConfiguration: configuration))
                    // A server that answers nothing must not hold anybody up.
                    let deadline = channel.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
                    return done.map { channel }.always { result in
                        deadline.cancel()
                        if case .failure = result { channel.close(promise: nil) }
                    }
                }
            }
        return try await upgraded.get()
    }
}

import NIOCore
import NIOPosix

/// Makes a stream of bytes to a server: whatever the transport, the handlers of an opened stream read and
/// write `ByteBuffer`s.
///
/// A connection is made in stages, each on top of the one before: TCP or a Unix socket, a proxy, TLS, WebSocket.
struct ClientConnector: Sendable {
    var address: ServerAddress
    var timeout: TimeAmount
    /// The address of this machine that the connection goes out from; nil: the system chooses.
    var localAddress: String?
    var proxy: Proxy?
    var security: TransportSecurity
    var contexts: SecurityContexts

    /// - Parameter opened: called on the event loop when bytes can flow, to add handlers.
    func open(
        on eventLoop: any EventLoop, opened: @escaping @Sendable (any Channel) throws -> Void
    ) async throws(ClientError) -> any Channel {
        do {
            let tls = try await tlsStage()
            let deadline = NIODeadline.now() + timeout
            return try await connect(on: eventLoop).flatMap { channel in
                // Whoever answers nothing must not hold anybody up.
                let timer = eventLoop.scheduleTask(deadline: deadline) { channel.close(promise: nil) }
                return passProxy(channel, until: deadline)
                    .flatMap { tls.map { $0.secure(channel) } ?? eventLoop.makeSucceededVoidFuture() }
                    .flatMap { finish(channel, opened: opened) }
                    .map { channel }
                    .always { result in
                        timer.cancel()
                        if case .failure = result { channel.close(promise: nil) }
                    }
            }.get()
        } catch let error as ClientError {
            throw error
        } catch {
            throw .unreachable(ConnectFailure.text(error))
        }
    }

    /// The first stage.
    private func connect(on eventLoop: any EventLoop) throws -> EventLoopFuture<any Channel> {
        if case .unix(let path) = address {
            return try bootstrap(on: eventLoop).connect(unixDomainSocketPath: path)
        }
        let place = proxy.map { ($0.host, $0.port) } ?? (address.host, address.port)
        return try bootstrap(on: eventLoop).channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: place.0, port: place.1)
    }

    private func bootstrap(on eventLoop: any EventLoop) throws -> ClientBootstrap {
        let bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(timeout)
            .channelOption(.maxMessagesPerRead, value: 4)
        guard let localAddress else { return bootstrap }
        return bootstrap.bind(to: try SocketAddress.makeAddressResolvingHost(localAddress, port: 0))
    }

    /// Reads certificates away from the event loop.
    private func tlsStage() async throws(ClientError) -> TLSStage? {
        guard address.isSecure else { return nil }
        let contexts = contexts
        let security = security
        let applicationProtocol = address.webSocketPath == nil ? "mqtt" : "http/1.1"
        let read: Result<TLSStage, ClientError>
        do {
            read = try await NIOThreadPool.singleton.runIfActive {
                Result { () throws(ClientError) in
                    try TLSStage(
                        context: contexts.context(for: security, applicationProtocol: applicationProtocol),
                        security: security, host: address.host, isProxied: proxy != nil)
                }
            }
        } catch {
            throw .cancelled
        }
        return try read.get()
    }

    /// The last stage.
    private func finish(
        _ channel: any Channel, opened: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<Void> {
        if let path = address.webSocketPath { return openWebSocket(channel, path: path, opened: opened) }
        return channel.eventLoop.makeCompletedFuture { try opened(channel) }
    }
}

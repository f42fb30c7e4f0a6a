import NIOCore
import NIOPosix

/// Accepts connections at a ``ListenerURL`` and makes byte streams of them: whatever the transport, the
/// handlers of an opened stream read and write `ByteBuffer`s.
package struct StreamListener: Sendable {
    package var url: ListenerURL
    /// The permissions of a Unix socket, such as 0o660; nil: as the process' umask has it.
    package var unixSocketMode: UInt16?
    /// Sockets that are bound already; empty: it binds its own.
    package var sockets: [CInt] = []
    package var webSocket = WebSocketBounds()
    /// Called on the event loop of a connection when it is accepted. Throw to close it at once.
    package var accepted: @Sendable (inout Arrival) throws -> Void
    /// Reads the header of a proxy before anything else; nil: clients come by themselves.
    package var proxy: ProxyStage?
    /// Puts TLS before what its second argument adds; nil: the URL wants none.
    package var secure:
        (@Sendable (Arrival, _ opened: @escaping @Sendable (any Channel) throws -> Void) throws -> Void)?
    /// What a connection is served by, asked for each: the same place may come to be served otherwise. nil: this.
    package var current: (@Sendable () -> StreamListener)?
    /// Whether connections wait in the kernel until the channels are told to read.
    package var isHeld = false
    /// Called on the event loop of a connection when bytes can flow, to add handlers. Throw to close it.
    package var opened: @Sendable (Arrival) throws -> Void

    package init(
        url: ListenerURL, accepted: @escaping @Sendable (inout Arrival) throws -> Void,
        opened: @escaping @Sendable (Arrival) throws -> Void
    ) {
        self.url = url
        self.accepted = accepted
        self.opened = opened
    }

    /// Connections that the kernel holds ready to be accepted; it has a bound of its own, often 4096.
    private static let backlog: Int32 = 8192
    private static let onlyVersion6 = ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only)

    /// Starts to listen. `localhost` makes two channels, one for each version of IP.
    ///
    /// - Throws: ``BindError``.
    package func bind(on group: any EventLoopGroup) async throws -> [any Channel] {
        guard sockets.isEmpty else { return try await take(on: group) }
        return switch url {
        case .unix(let path): [try await bindUnix(UnixSocketFile(path: path), on: group)]
        case .mqtt(let host, let port), .webSocket(let host, let port, _), .mqtts(let host, let port),
            .secureWebSocket(let host, let port, _):
            if host == "localhost" {
                try await bindLocalhost(port: port, on: group)
            } else {
                [try await bind(to: try await address(host: host, port: port), on: group)]
            }
        }
    }

    /// Listens on the sockets that there are already.
    private func take(on group: any EventLoopGroup) async throws -> [any Channel] {
        var bootstrap = bootstrap(on: group)
        if url.host != nil { bootstrap = bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1) }
        var channels: [any Channel] = []
        for socket in sockets {
            do {
                channels.append(try await bootstrap.withBoundSocket(socket).get())
            } catch {
                for channel in channels { try? await channel.close() }
                throw BindError(url, error)
            }
        }
        return channels
    }

    private func bind(to address: SocketAddress, on group: any EventLoopGroup) async throws -> any Channel {
        // Accepted sockets have it from the one that listens, which costs them no system call.
        var bootstrap = bootstrap(on: group).serverChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        if case .v6 = address, url.host == "::" {
            // Linux and Apple systems have it so by default, but an administrator can change that.
            bootstrap = bootstrap.serverChannelOption(Self.onlyVersion6, value: 0)
        }
        do {
            return try await bootstrap.bind(to: address).get()
        } catch {
            throw BindError(url, error)
        }
    }

    /// The name stands for 127.0.0.1 and ::1, and programs try them in any order.
    private func bindLocalhost(port: Int, on group: any EventLoopGroup) async throws -> [any Channel] {
        let first = try await bind(to: try SocketAddress(ipAddress: "127.0.0.1", port: port), on: group)
        do {
            let same = try SocketAddress(ipAddress: "::1", port: first.localAddress?.port ?? port)
            return [first, try await bind(to: same, on: group)]
        } catch let error as BindError where error.reason == .addressNotAvailable || port == 0 {
            return [first]
        } catch {
            try? await first.close()
            throw error
        }
    }

    private func bindUnix(_ file: UnixSocketFile, on group: any EventLoopGroup) async throws -> any Channel {
        try await file.removeIfStale(on: group)
        do {
            let channel = try await bootstrap(on: group).bind(unixDomainSocketPath: file.path).get()
            if let unixSocketMode { try file.set(mode: unixSocketMode) }
            return channel
        } catch let error as BindError {
            throw error
        } catch {
            throw BindError(url, error)
        }
    }

    private func bootstrap(on group: any EventLoopGroup) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: 64)
            .serverChannelOption(.autoRead, value: !isHeld)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try (current?() ?? self).take(channel)
                }
            }
    }

    private func take(_ channel: any Channel) throws {
        // Here it costs no future, as it would among the bootstrap's options.
        try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
        var arrival = Arrival(channel)
        try accepted(&arrival)
        guard let proxy else { return try begin(arrival) }
        try proxy.install(on: arrival, begin)
    }

    private func begin(_ arrival: Arrival) throws {
        guard url.isSecure else { return try open(arrival) }
        // Without TLS nothing may pass.
        guard let secure else { throw ChannelError.operationUnsupported }
        try secure(arrival) { _ in try open(arrival) }
    }

    private func open(_ arrival: Arrival) throws {
        guard let path = url.webSocketPath else { return try opened(arrival) }
        try WebSocketHandshake(path: path, bounds: webSocket) { [opened] _ in try opened(arrival) }
            .install(on: arrival.channel)
    }

    private func address(host: String, port: Int) async throws -> SocketAddress {
        if let address = try? SocketAddress(ipAddress: host, port: port) { return address }
        do {
            // The system's resolver blocks its thread.
            return try await NIOThreadPool.singleton.runIfActive {
                try SocketAddress.makeAddressResolvingHost(host, port: port)
            }
        } catch {
            throw BindError(url, error)
        }
    }
}

import MQTTTransport
import NIOCore
import Synchronization

/// A place where the broker listens. How connections are served there can change while its sockets stay.
final class OpenListener: Sendable {
    /// Tells the listeners of a broker apart, also those at one place after each other.
    let number: Int
    /// Its sockets were bound by somebody else, who keeps them.
    let isInherited: Bool
    private let state: Mutex<State>

    private struct State {
        var configuration: ListenerConfiguration
        /// nil: it is not served any more.
        var stream: StreamListener?
        var channels: [any Channel] = []
    }

    init(number: Int, _ configuration: ListenerConfiguration) {
        self.number = number
        isInherited = !configuration.sockets.isEmpty
        state = Mutex(State(configuration: configuration))
    }

    var configuration: ListenerConfiguration { state.withLock { $0.configuration } }

    var channels: [any Channel] { state.withLock { $0.channels } }

    /// Whether what came through a listener of that URL may still become a client.
    func serves(_ url: ListenerURL) -> Bool {
        state.withLock { $0.stream != nil && $0.configuration.url == url }
    }

    /// Serves connections by another configuration from now on.
    func serve(_ configuration: ListenerConfiguration, by stream: StreamListener) {
        state.withLock { state in
            state.configuration = configuration
            state.stream = stream
        }
    }

    /// Binds its sockets. Connections wait for ``accept()`` if they are to be held.
    ///
    /// - Throws: ``BindError``.
    func bind(on group: any EventLoopGroup, isHeld: Bool) async throws {
        guard var stream = state.withLock({ $0.stream }) else { return }
        stream.isHeld = isHeld
        stream.current = { [self] in
            guard let current = state.withLock({ $0.stream }) else { return Self.nobody }
            return current
        }
        let channels = try await stream.bind(on: group)
        state.withLock { $0.channels = channels }
    }

    /// Turns away what still comes to sockets that are about to close.
    private static let nobody = StreamListener(
        url: .unix(path: ""), accepted: { _ in throw ChannelError.ioOnClosedChannel }, opened: { _ in })

    /// Takes in connections that were held.
    func accept() {
        for channel in channels { _ = channel.setOption(.autoRead, value: true) }
    }

    /// Stops to listen. Connections stay.
    func close() async {
        let (channels, url) = state.withLock { state in
            defer { state.channels = [] }
            return (state.channels, state.configuration.url)
        }
        for channel in channels { try? await channel.close() }
        if case .unix(let path) = url, !isInherited, !channels.isEmpty { UnixSocketFile(path: path).remove() }
    }

    /// Stops to listen for good: what is not a client yet becomes none.
    func end() async {
        state.withLock { $0.stream = nil }
        await close()
    }

    /// With real ports; two of `localhost` where the machine has IPv6.
    var bound: [BoundListener] {
        state.withLock { state in
            state.channels.map { channel in
                BoundListener(
                    configuration: state.configuration, url: Self.url(of: channel, state.configuration.url))
            }
        }
    }

    private static func url(of channel: any Channel, _ configured: ListenerURL) -> ListenerURL {
        guard let address = channel.localAddress, let host = address.ipAddress, let port = address.port else {
            return configured
        }
        switch configured {
        case .mqtt: return .mqtt(host: host, port: port)
        case .webSocket(_, _, let path): return .webSocket(host: host, port: port, path: path)
        case .mqtts: return .mqtts(host: host, port: port)
        case .secureWebSocket(_, _, let path): return .secureWebSocket(host: host, port: port, path: path)
        case .unix: return configured
        }
    }
}

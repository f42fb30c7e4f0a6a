import MQTTClient
import MQTTCodec
import NIOCore
import Synchronization

/// One check on its way: connections, and names that no other check uses.
public final class Trial: Sendable {
    let version: ProtocolVersion
    /// The beginning of topics and client identifiers.
    let prefix: String
    /// For one answer of the broker.
    let time: Duration
    let offer: ServerLimits
    fileprivate let configuration: ClientConfiguration
    private let peers = Mutex<[WirePeer]>([])
    private let identifiers = Mutex<Set<String>>([])

    init(
        _ configuration: ClientConfiguration, version: ProtocolVersion, prefix: String, offer: ServerLimits,
        time: Duration
    ) {
        self.configuration = configuration
        self.version = version
        self.prefix = prefix
        self.offer = offer
        self.time = time
    }

    func topic(_ name: String) -> String { "\(prefix)/\(name)" }

    /// A connection on which nothing was said.
    func peer() async throws -> WirePeer {
        let peer = try await WirePeer(configuration, version, within: time)
        peers.withLock { $0.append(peer) }
        return peer
    }

    /// CONNECT with the credentials of the command line.
    func connect(
        _ name: String, clean: Bool = true, keepAlive: UInt16 = 0, will: Will? = nil,
        properties: Properties = []
    ) -> Connect {
        let identifier = "\(prefix)\(name)"
        identifiers.withLock { _ = $0.insert(name) }
        return Connect(
            version: version, cleanStart: clean, keepAlive: keepAlive,
            clientIdentifier: MQTTString(identifier), will: will,
            userName: configuration.userName.map { MQTTString($0) }, password: configuration.password,
            properties: version == .v5 ? properties : [])
    }

    /// Sends CONNECT on a new connection, and takes the CONNACK.
    func open(_ connect: Connect) async throws -> (WirePeer, Connack) {
        let peer = try await peer()
        peer.send(.connect(connect))
        let packet = try await peer.packet()
        guard case .connack(let connack) = packet else {
            throw CheckFailure("CONNECT was answered by \(packet.words)")
        }
        return (peer, connack)
    }

    /// A connected client.
    func client(
        _ name: String = "a", clean: Bool = true, keepAlive: UInt16 = 0, will: Will? = nil,
        properties: Properties = []
    ) async throws -> WirePeer {
        let (peer, connack) = try await open(
            connect(name, clean: clean, keepAlive: keepAlive, will: will, properties: properties))
        guard connack.reasonCode == .success else {
            throw CheckFailure("CONNECT was refused with \(connack.reasonCode)")
        }
        return peer
    }

    /// A client whose session stays for a minute, and whether it was there before.
    func session(_ name: String = "s", clean: Bool = false) async throws -> (WirePeer, isPresent: Bool) {
        let (peer, connack) = try await open(
            connect(name, clean: clean, properties: [.sessionExpiryInterval(60)]))
        guard connack.reasonCode == .success else {
            throw CheckFailure("CONNECT was refused with \(connack.reasonCode)")
        }
        return (peer, connack.sessionPresent)
    }

    func requires(_ isOffered: Bool, _ what: String) throws {
        if !isOffered { throw NotOffered(what: what) }
    }

    /// Ends all connections, and sessions that would stay.
    func cleanUp() async {
        for peer in peers.withLock({ $0 }) { await peer.cut() }
        for name in identifiers.withLock({ $0 }) {
            guard let (peer, _) = try? await open(connect(name)) else { continue }
            peer.send(.disconnect(Disconnect()))
            await peer.cut()
        }
    }
}

extension Trial {
    /// The same with another version of MQTT.
    convenience init(_ other: Trial, version: ProtocolVersion) {
        self.init(
            other.configuration, version: version, prefix: other.prefix, offer: other.offer, time: other.time)
    }
}

import NIOCore
import NIOSSL
import Synchronization

/// The server's side of TLS for listeners: certificate, key and authorities, which can be read again while it
/// runs. New connections get the new ones; tickets of the old ones are worth nothing then.
public final class TLSServer: Sendable {
    public let settings: TLSSettings
    private let material: Mutex<Material>

    private struct Material {
        var files: TLSFiles
        /// Each speaks its own protocol only, by ALPN: nothing that is meant for one reaches the other.
        var mqtt: NIOSSLContext
        var webSocket: NIOSSLContext

        init(_ settings: TLSSettings) throws(TLSProblem) {
            files = try TLSFiles(settings)
            mqtt = try files.context(settings, applicationProtocol: "mqtt")
            webSocket = try files.context(settings, applicationProtocol: "http/1.1")
        }
    }

    /// - Throws: ``TLSProblem`` for the first file that is wrong.
    public init(_ settings: TLSSettings) throws(TLSProblem) {
        self.settings = settings
        material = Mutex(try Material(settings))
    }

    /// What ``reload()`` has found.
    public struct Change: Sendable, Equatable {
        public var certificate: Bool
        /// Clients that were let in by a certificate might not be any more.
        public var clientAuthorities: Bool
    }

    /// Reads the files again. One that is wrong changes nothing.
    ///
    /// - Throws: ``TLSProblem``.
    public func reload() throws(TLSProblem) -> Change {
        let new = try Material(settings)
        return material.withLock { old in
            let change = Change(
                certificate: old.files.chain != new.files.chain || old.files.key != new.files.key,
                clientAuthorities: old.files.authorities != new.files.authorities)
            if change.certificate || change.clientAuthorities { old = new }
            return change
        }
    }

    /// For a listener of HTTP.
    package var webContext: NIOSSLContext { material.withLock { $0.webSocket } }

    /// Puts TLS before what `opened` adds, which is called when the handshake is done.
    ///
    /// - Parameter failed: is told why a handshake failed, on the event loop.
    package func secure(
        _ channel: any Channel, isWebSocket: Bool, failed: @escaping @Sendable (any Channel, String) -> Void,
        opened: @escaping @Sendable (any Channel) throws -> Void
    ) throws {
        let context = material.withLock { isWebSocket ? $0.webSocket : $0.mqtt }
        let report = HandshakeReport(channel: channel, failed: failed)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(PlainTextDetector(report))
        try pipeline.addHandler(NIOSSLServerHandler(context: context))
        try pipeline.addHandler(
            TLSHandshake(time: .milliseconds(settings.handshakeTime), report, opened: opened))
    }
}

extension TLSServer: Hashable {
    public static func == (one: TLSServer, other: TLSServer) -> Bool { one === other }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

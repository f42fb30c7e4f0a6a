import NIOCore
import NIOSSL
import SwiftASN1
import Synchronization
import X509

/// The server's side of TLS for a listener: certificates, keys, authorities and lists of what they have taken back,
/// which can be read again while it runs, by the same settings or by others. New connections get the new ones;
/// tickets of the old ones are worth nothing then.
public final class TLSServer: Sendable {
    private let state: Mutex<State>

    private struct State {
        var material: Material
        /// Counts the materials.
        var generation = 0
        /// What clients that are connected have shown, by the numbers of their connections.
        var handshakes: [UInt64: Handshake] = [:]
    }

    /// One that is over.
    private struct Handshake {
        /// nil: none was shown.
        var certificate: ShownCertificate?
        var userName: String?
        var isRefused = false
    }

    /// What was read from the files, ready to be used.
    public struct Material: Sendable {
        public let settings: TLSSettings
        let files: TLSFiles
        /// Each speaks its own protocol only, by ALPN: nothing that is meant for one reaches the other.
        let mqtt: NIOSSLContext
        let webSocket: NIOSSLContext

        /// - Throws: ``TLSProblem`` for the first file that is wrong.
        public init(_ settings: TLSSettings) throws(TLSProblem) {
            self.settings = settings
            files = try TLSFiles(settings)
            mqtt = try files.context(settings, applicationProtocol: "mqtt")
            webSocket = try files.context(settings, applicationProtocol: "http/1.1")
        }

        /// What an operator should know.
        public var warnings: [TLSProblem] { files.warnings }
    }

    public init(_ material: Material) { state = Mutex(State(material: material)) }

    /// - Throws: ``TLSProblem`` for the first file that is wrong.
    public convenience init(_ settings: TLSSettings) throws(TLSProblem) { self.init(try Material(settings)) }

    /// Those that count now.
    public var settings: TLSSettings { state.withLock { $0.material.settings } }

    /// What an operator should know about the files that are used.
    public var warnings: [TLSProblem] { state.withLock { $0.material.warnings } }

    // MARK: Reading again

    /// What ``take(_:)`` has found.
    public struct Change: Sendable, Equatable {
        public var certificate = false
        /// Clients that were let in by a certificate might not be any more.
        public var clientAuthorities = false
        /// Clients that were let in without a certificate would not be any more.
        public var isDemanded = false

        public init() {}

        /// What has changed here or there.
        public mutating func add(_ other: Self) {
            certificate = certificate || other.certificate
            clientAuthorities = clientAuthorities || other.clientAuthorities
            isDemanded = isDemanded || other.isDemanded
        }
    }

    /// Uses from now on what was read, if it is something else.
    public func take(_ new: Material) -> Change {
        state.withLock { state in
            let old = state.material
            var change = Change()
            change.certificate = old.files.identities != new.files.identities
            change.clientAuthorities = old.files.trust != new.files.trust
            change.isDemanded =
                new.settings.clientCertificates == .required && old.settings.clientCertificates != .required
            let isOther = change != Change() || old.settings != new.settings
            if isOther { state.material = new }
            // Who was not asked for a certificate, or showed one that was not looked at, is asked again.
            if change.clientAuthorities || old.settings.clientCertificates != new.settings.clientCertificates
            {
                state.generation += 1
            }
            return change
        }
    }

    /// For a listener of HTTP.
    package var webContext: NIOSSLContext { state.withLock { $0.material.webSocket } }

    /// The numbers of the connections that would not be let in any more: with their certificate, or without one.
    package func refusedConnections() async -> Set<UInt64> {
        let (handshakes, material) = state.withLock { ($0.handshakes, $0.material) }
        guard material.settings.clientCertificates != .off else { return [] }
        let verifier = material.files.verifier
        // Many clients may come with one certificate.
        var verdicts: [ShownCertificate: Bool] = [:]
        var refused: Set<UInt64> = []
        for (number, handshake) in handshakes {
            guard let certificate = handshake.certificate else {
                if material.settings.clientCertificates == .required { refused.insert(number) }
                continue
            }
            let isAccepted: Bool
            if let known = verdicts[certificate] {
                isAccepted = known
            } else {
                isAccepted = await certificate.isAccepted(by: verifier)
                verdicts[certificate] = isAccepted
            }
            if !isAccepted { refused.insert(number) }
        }
        // For those that are on their way from the handshake of TLS to that of WebSocket.
        state.withLock { [refused] state in
            for number in refused { state.handshakes[number]?.isRefused = true }
        }
        return refused
    }

    // MARK: Connections

    /// Puts TLS before what `opened` adds, which is called when the handshake is done.
    ///
    /// - Parameters:
    ///   - number: tells the connections of a process apart.
    ///   - failed: is told why a handshake failed, on the event loop.
    package func secure(
        _ channel: any Channel, number: UInt64, isWebSocket: Bool,
        failed: @escaping @Sendable (any Channel, String) -> Void,
        opened: @escaping @Sendable (any Channel) throws -> Void
    ) throws {
        let (material, generation) = state.withLock { ($0.material, $0.generation) }
        let context = isWebSocket ? material.webSocket : material.mqtt
        let report = HandshakeReport(channel: channel, failed: failed)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(PlainTextDetector(report))
        try pipeline.addHandler(Self.handler(context, material, report, channel.eventLoop))
        try pipeline.addHandler(
            TLSHandshake(time: .milliseconds(material.settings.handshakeTime), report) { [self] channel in
                try register(channel, number, generation, material.settings)
                try opened(channel)
            })
    }

    private static func handler(
        _ context: NIOSSLContext, _ material: Material, _ report: HandshakeReport,
        _ eventLoop: any EventLoop
    ) -> NIOSSLServerHandler {
        guard material.settings.clientCertificates != .off else {
            return NIOSSLServerHandler(context: context)
        }
        let verifier = material.files.verifier
        let report = NIOLoopBound(report, eventLoop: eventLoop)
        return NIOSSLServerHandler(
            context: context,
            customVerificationCallbackWithMetadata: { shown, promise in
                Task {
                    do throws(CertificateRefusal) {
                        let chain = try await verifier.verify(try parsed(shown))
                        promise.succeed(.certificateVerified(VerificationMetadata(validated(chain))))
                    } catch {
                        eventLoop.execute {
                            report.value.fail(error.description)
                            promise.succeed(.failed)
                        }
                    }
                }
            })
    }

    private static func parsed(_ chain: [NIOSSLCertificate]) throws(CertificateRefusal) -> [Certificate] {
        // Longer ones are meant to make work.
        guard chain.count <= 10 else { throw .malformed }
        var parsed: [Certificate] = []
        for certificate in chain {
            guard let bytes = try? certificate.toDERBytes(), let one = try? Certificate(derEncoded: bytes)
            else {
                throw .malformed
            }
            parsed.append(one)
        }
        return parsed
    }

    private static func validated(_ chain: [Certificate]) -> NIOSSL.ValidatedCertificateChain? {
        let certificates = chain.compactMap { certificate -> NIOSSLCertificate? in
            var serializer = DER.Serializer()
            guard (try? serializer.serialize(certificate)) != nil else { return nil }
            return try? NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)
        }
        return certificates.isEmpty ? nil : .init(certificates)
    }

    /// A handshake is over: the connection's certificate is watched from now on, until it ends.
    private func register(
        _ channel: any Channel, _ number: UInt64, _ generation: Int, _ settings: TLSSettings
    ) throws {
        var handshake = Handshake()
        if settings.clientCertificates != .off { handshake.certificate = try ShownCertificate(on: channel) }
        let leaf = try handshake.certificate?.leaf
        handshake.userName = try leaf.map { try ClientCertificate.name(in: $0, settings.userName) }
        let refusal = state.withLock { [handshake] state -> CertificateRefusal? in
            // Those that were under way are not among the connections that are looked at after a change.
            let isOld = state.generation != generation
            guard let leaf else {
                if isOld, state.material.settings.clientCertificates == .required { return .changedMeanwhile }
                state.handshakes[number] = handshake
                return nil
            }
            guard !isOld else { return .changedMeanwhile }
            // A session that is resumed was not verified again.
            if let refusal = state.material.files.verifier.refusal(of: leaf) { return refusal }
            state.handshakes[number] = handshake
            return nil
        }
        if let refusal { throw refusal }
        channel.closeFuture.whenComplete { [self] _ in
            state.withLock { $0.handshakes[number] = nil }
        }
    }

    /// The user name in the certificate that a client has shown; nil: it showed none.
    ///
    /// - Throws: if the client would not be let in any more.
    package func clientName(number: UInt64) throws -> String? {
        guard let handshake = state.withLock({ $0.handshakes[number] }) else { return nil }
        guard !handshake.isRefused else { throw CertificateRefusal.changedMeanwhile }
        return handshake.userName
    }
}

extension TLSServer: Hashable {
    public static func == (one: TLSServer, other: TLSServer) -> Bool { one === other }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

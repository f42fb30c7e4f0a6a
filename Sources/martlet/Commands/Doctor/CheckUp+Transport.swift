import MQTTClient
import NIOCore
import NIOPosix
import NIOSSL
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension CheckUp {
    /// The connection, and TLS on it.
    func examineTransport(_ report: inout DoctorReport) async throws {
        let begin = ContinuousClock.now
        let eventLoop = configuration.eventLoopGroup.next()
        let (channel, security) = try await configuration.openStream(on: eventLoop) { channel in
            let pipeline = channel.pipeline.syncOperations
            guard (try? pipeline.handler(type: NIOSSLClientHandler.self)) != nil else {
                return nil as Security?
            }
            return Security(
                version: try? pipeline.nioSSL_tlsVersion(),
                certificate: try pipeline.nioSSL_peerCertificate()?.toDERBytes())
        }
        let time = ContinuousClock.now - begin
        try? await channel.close()
        report.add("connection", .good, "made in \(Self.text(time))")
        if case .unix = configuration.server { return }
        guard let security else {
            let isLocal = Self.isLocal(configuration.server)
            report.add(
                "TLS", isLocal ? .good : .wrong,
                isLocal
                    ? "none, on this machine alone" : "none: passwords and messages can be read on their way",
                advice: isLocal ? nil : "use mqtts:// or wss://; martlet setup makes what a broker needs")
            return
        }
        let name =
            switch security.version {
            case .tlsv13: "1.3"
            case .tlsv12: "1.2"
            default: "older than 1.2"
            }
        report.add("TLS", name.hasPrefix("1.") ? .good : .wrong, "version \(name)")
        examine(security.certificate, &report)
    }

    private struct Security: Sendable {
        let version: TLSVersion?
        let certificate: [UInt8]?
    }

    private func examine(_ bytes: [UInt8]?, _ report: inout DoctorReport) {
        guard let bytes, let certificate = try? Certificate(derEncoded: bytes) else {
            report.add("certificate", .note, "cannot be read")
            return
        }
        let days = Int(certificate.notValidAfter.timeIntervalSinceNow / 86_400)
        let isLate = certificate.notValidAfter < Date.now || certificate.notValidBefore > Date.now
        report.add(
            "certificate", isLate ? .wrong : days < 21 ? .note : .good,
            isLate ? "not valid now, by the clock of this machine" : "valid for \(days) days",
            advice: isLate || days < 21 ? "renew it; Martlet takes it anew while it runs" : nil)
    }

    private static func isLocal(_ address: ServerAddress) -> Bool {
        switch address {
        case .tcp(let host, _), .tls(let host, _), .webSocket(let host, _, _),
            .secureWebSocket(let host, _, _):
            host == "localhost" || host == "::1" || host.hasPrefix("127.")
        case .unix: true
        }
    }

    static func text(_ time: Duration) -> String {
        let microseconds =
            time.components.seconds * 1_000_000 + time.components.attoseconds / 1_000_000_000_000
        return microseconds < 1_000 ? "\(microseconds) µs" : "\(microseconds / 1_000) ms"
    }
}

import NIOCore
import NIOSSL
import SwiftASN1
import X509

/// The certificate of a client that is connected, and those between it and its authority, in DER.
struct ShownCertificate: Sendable, Hashable {
    private let chain: [[UInt8]]

    /// nil: it has shown none.
    init?(on channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        guard let leaf = try pipeline.nioSSL_peerCertificate() else { return nil }
        // A session that is resumed was verified when it began, and only the certificate itself is known.
        let validated = try pipeline.nioSSL_peerValidatedCertificateChain()
        chain =
            try [leaf.toDERBytes()] + (validated ?? .init([leaf])).dropFirst().map { try $0.toDERBytes() }
    }

    var leaf: Certificate {
        get throws(CertificateRefusal) {
            guard let bytes = chain.first, let leaf = try? Certificate(derEncoded: bytes) else {
                throw .malformed
            }
            return leaf
        }
    }

    func isAccepted(by verifier: ClientVerifier) async -> Bool {
        let parsed = chain.compactMap { try? Certificate(derEncoded: $0) }
        guard parsed.count == chain.count else { return false }
        do throws(CertificateRefusal) {
            _ = try await verifier.verify(parsed)
            return true
        } catch {
            return false
        }
    }
}

import SwiftASN1
import X509

/// What is asked of a client's chain beside the rules of RFC 5280.
struct ClientPolicy: VerifierPolicy {
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [.X509ExtensionID.extendedKeyUsage]
    let revoked: [DistinguishedName: Set<Certificate.SerialNumber>]

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) -> PolicyEvaluationResult {
        if Self.isRevoked(chain, revoked) {
            return .failsToMeetPolicy(reason: "a certificate of the chain has been revoked")
        }
        guard Self.isForClients(chain.leaf) else {
            return .failsToMeetPolicy(reason: "the certificate is not meant for clients")
        }
        // The last one is an authority because the operator says so.
        for between in chain.dropFirst().dropLast() where !Self.mayIssue(between) {
            return .failsToMeetPolicy(reason: "a certificate that may not issue others has issued one")
        }
        return .meetsPolicy
    }

    /// RFC 5280, section 6.1.4 (k), (n). The policy of swift-certificates lets certificates of version 1 issue
    /// others, and does not look at the key's usage: a client with such a certificate could be anybody.
    private static func mayIssue(_ certificate: Certificate) -> Bool {
        guard certificate.version == .v3,
            case .isCertificateAuthority? = try? certificate.extensions.basicConstraints
        else { return false }
        guard certificate.extensions[oid: .X509ExtensionID.keyUsage] != nil else { return true }
        return (try? certificate.extensions.keyUsage)?.keyCertSign == true
    }

    static func isRevoked(
        _ chain: UnverifiedCertificateChain, _ revoked: [DistinguishedName: Set<Certificate.SerialNumber>]
    ) -> Bool {
        chain.contains { revoked[$0.issuer]?.contains($0.serialNumber) == true }
    }

    /// A certificate that does not say what it is for is for everything.
    static func isForClients(_ leaf: Certificate) -> Bool {
        guard let usage = try? leaf.extensions.extendedKeyUsage else {
            return leaf.extensions[oid: .X509ExtensionID.extendedKeyUsage] == nil
        }
        return usage.contains(.clientAuth) || usage.contains(.any)
    }
}

import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Decides about clients' certificates: by whom they were issued, for how long, for what, and whether they have
/// been taken back. swift-certificates does it; here is what it is asked.
struct ClientVerifier: Sendable {
    let authorities: [Certificate]
    private let roots: CertificateStore
    /// Serial numbers of certificates that are not valid any more, by their authority.
    private let revoked: [DistinguishedName: Set<Certificate.SerialNumber>]

    init(_ authorities: [Certificate], _ lists: [RevocationList]) {
        self.authorities = authorities
        roots = CertificateStore(authorities)
        var revoked: [DistinguishedName: Set<Certificate.SerialNumber>] = [:]
        for list in lists { revoked[list.issuer, default: []].formUnion(list.revoked.keys) }
        self.revoked = revoked
    }

    /// - Parameter chain: as the client showed it: its own certificate, and those between it and its authority.
    /// - Returns: the chain that leads to an authority.
    /// - Throws: ``CertificateRefusal``.
    func verify(_ chain: [Certificate]) async throws(CertificateRefusal) -> [Certificate] {
        guard let leaf = chain.first else { throw .malformed }
        var verifier = Verifier(rootCertificates: roots) {
            RFC5280Policy()
            ClientPolicy(revoked: revoked)
        }
        let result = await verifier.validate(
            leaf: leaf, intermediates: CertificateStore(chain.dropFirst()))
        switch result {
        case .validCertificate(let valid): return Array(valid)
        case .couldNotValidate(let failures): throw Self.reason(leaf, failures, revoked)
        }
    }

    /// What can be seen of one certificate alone: for a session that is resumed, which is not verified again.
    func refusal(of leaf: Certificate) -> CertificateRefusal? {
        if leaf.notValidAfter < Date() { return .expired }
        return revoked[leaf.issuer]?.contains(leaf.serialNumber) == true ? .revoked : nil
    }

    private static func reason(
        _ leaf: Certificate, _ failures: [CertificateValidationResult.PolicyFailure],
        _ revoked: [DistinguishedName: Set<Certificate.SerialNumber>]
    ) -> CertificateRefusal {
        guard let failure = failures.first else { return .unknownAuthority }
        if leaf.notValidAfter < Date() { return .expired }
        if leaf.notValidBefore > Date() { return .notYetValid }
        if ClientPolicy.isRevoked(failure.chain, revoked) { return .revoked }
        if !ClientPolicy.isForClients(leaf) { return .notForClients }
        return .other("\(failure.policyFailureReason)")
    }
}

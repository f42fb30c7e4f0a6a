import Crypto
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A private authority: it makes certificates for a broker and its clients, and nobody else trusts it.
struct CertificateAuthority {
    let certificate: Certificate
    private let key: Certificate.PrivateKey

    /// A certificate and the key to it.
    struct Issued {
        var certificate: Certificate
        var key: Certificate.PrivateKey
    }

    private static let day: Double = 86_400
    private static let ownDays: Double = 3_650
    /// Apple's systems refuse certificates of servers that are valid for longer.
    private static let issuedDays: Double = 825

    init(_ issued: Issued) {
        certificate = issued.certificate
        key = issued.key
    }

    /// - Throws: what swift-certificates throws.
    init(named name: String) throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let subject = try DistinguishedName { CommonName(name) }
        let now = Date()
        certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
            notValidBefore: now.addingTimeInterval(-Self.day),
            notValidAfter: now.addingTimeInterval(Self.ownDays * Self.day), issuer: subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
            }, issuerPrivateKey: key)
        self.key = key
    }

    /// The signature that ``revocationList(_:)`` needs.
    func sign(_ bytes: [UInt8]) throws -> [UInt8] {
        try key.sign(bytes: bytes, signatureAlgorithm: .ecdsaWithSHA256).rawRepresentation
    }

    var issued: Issued { Issued(certificate: certificate, key: key) }

    /// For a server with these names.
    func serverCertificate(_ names: [HostName]) throws -> Issued {
        let alternatives = names.map { name -> GeneralName in
            switch name {
            case .name(let name): .dnsName(name)
            case .address(let bytes, _): .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
            }
        }
        return try issue(
            named: names.first?.text ?? "localhost", [.serverAuth],
            try SubjectAlternativeNames(alternatives).makeCertificateExtension())
    }

    /// For a client, whose user name it is.
    func clientCertificate(_ name: String) throws -> Issued { try issue(named: name, [.clientAuth], nil) }

    private func issue(
        named name: String, _ usages: [ExtendedKeyUsage.Usage], _ more: Certificate.Extension?
    ) throws -> Issued {
        let issuedKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let now = Date()
        var extensions = try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage(usages)
            SubjectKeyIdentifier(hash: issuedKey.publicKey)
            AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: key.publicKey).keyIdentifier)
        }
        if let more { try extensions.append(more) }
        let issued = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: issuedKey.publicKey,
            notValidBefore: now.addingTimeInterval(-Self.day),
            notValidAfter: min(
                now.addingTimeInterval(Self.issuedDays * Self.day), certificate.notValidAfter),
            issuer: certificate.subject, subject: try DistinguishedName { CommonName(name) },
            signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions, issuerPrivateKey: key)
        return Issued(certificate: issued, key: issuedKey)
    }

    /// SHA-256 of the certificate, as tools show it: `AB:CD:...`.
    func fingerprint() throws -> String {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return SHA256.hash(data: serializer.serializedBytes)
            .map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }
            .joined(separator: ":")
    }
}

extension CertificateAuthority.Issued {
    /// Reads both in PEM.
    init(certificate: String, key: String) throws {
        self.init(
            certificate: try Certificate(pemEncoded: certificate),
            key: try Certificate.PrivateKey(pemEncoded: key))
    }

    func certificateText() throws -> String { try certificate.serializeAsPEM().pemString + "\n" }

    func keyText() throws -> String { try key.serializeAsPEM().pemString + "\n" }
}

/// What a server needs for TLS: files in PEM, and who has to show a certificate.
public struct TLSSettings: Sendable, Hashable {
    /// Whether clients show certificates.
    public enum ClientCertificates: String, Sendable, Hashable, CaseIterable {
        case off
        /// One that is shown must be right.
        case optional
        case required
    }

    public enum Version: String, Sendable, Hashable, CaseIterable {
        case v1_2 = "1.2"
        case v1_3 = "1.3"
    }

    /// The path of the server's certificate, followed by those between it and its authority.
    public var certificate: String
    /// The path of the key to it.
    public var privateKey: String
    /// The path of the authorities that clients' certificates may come from.
    public var clientAuthorities: String?
    public var clientCertificates: ClientCertificates
    /// The oldest that is spoken.
    public var minimumVersion: Version
    /// Milliseconds that a handshake may take.
    public var handshakeTime: Int64

    public init(
        certificate: String, privateKey: String, clientAuthorities: String? = nil,
        clientCertificates: ClientCertificates = .off, minimumVersion: Version = .v1_2,
        handshakeTime: Int64 = 10_000
    ) {
        self.certificate = certificate
        self.privateKey = privateKey
        self.clientAuthorities = clientAuthorities
        self.clientCertificates = clientCertificates
        self.minimumVersion = minimumVersion
        self.handshakeTime = handshakeTime
    }

    /// All files that there are.
    public var paths: [String] { [certificate, privateKey] + (clientAuthorities.map { [$0] } ?? []) }
}

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

    /// Where in a client's certificate its user name is.
    public enum UserName: String, Sendable, Hashable, CaseIterable {
        case commonName = "common-name"
        /// A subject alternative name of that kind; there must be exactly one.
        case dns
        case email
        case uri
    }

    /// A certificate and the key to it.
    public struct Identity: Sendable, Hashable {
        /// The path of the server's certificate, followed by those between it and its authority.
        public var certificate: String
        public var privateKey: String

        public init(certificate: String, privateKey: String) {
            self.certificate = certificate
            self.privateKey = privateKey
        }
    }

    /// The first is for clients that ask for none of the names in any.
    public var identities: [Identity]
    /// The path of the authorities that clients' certificates may come from.
    public var clientAuthorities: String?
    /// Paths of lists of certificates that have been taken back, each signed by one of the authorities.
    public var revocationLists: [String] = []
    public var clientCertificates: ClientCertificates
    public var userName = UserName.commonName
    /// The oldest that is spoken.
    public var minimumVersion: Version
    /// Milliseconds that a handshake may take.
    public var handshakeTime: Int64

    public init(
        certificate: String, privateKey: String, clientAuthorities: String? = nil,
        clientCertificates: ClientCertificates = .off, minimumVersion: Version = .v1_2,
        handshakeTime: Int64 = 10_000
    ) {
        identities = [Identity(certificate: certificate, privateKey: privateKey)]
        self.clientAuthorities = clientAuthorities
        self.clientCertificates = clientCertificates
        self.minimumVersion = minimumVersion
        self.handshakeTime = handshakeTime
    }

    /// All files that there are.
    public var paths: [String] {
        identities.flatMap { [$0.certificate, $0.privateKey] } + (clientAuthorities.map { [$0] } ?? [])
            + revocationLists
    }
}

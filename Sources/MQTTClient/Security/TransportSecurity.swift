/// How connections to `mqtts://` and `wss://` addresses are secured: TLS 1.2 and 1.3.
///
/// ```swift
/// configuration.security = .tls(trusting: .pem("ca.pem"))
/// configuration.security = .tls(
///     trusting: .pem("ca.pem"), identity: .pem(certificate: "device.pem", privateKey: "device.key"))
/// ```
///
/// Files are read at the first connection, and again after an attempt that has failed: certificates can be renewed
/// while the client runs.
public struct TransportSecurity: Hashable, Sendable {
    /// Whom to believe that a server is who it says.
    public enum Authorities: Hashable, Sendable {
        /// Those of the system.
        case system
        /// A file with certificates of authorities in PEM.
        case pem(String)
        /// The same, in memory.
        case pemBytes([UInt8])
        /// A directory of PEM files that are named by their hashes, as `openssl rehash` makes it.
        case directory(String)
    }

    /// The certificate with which the client shows who it is, and the key to it.
    public enum Identity: Hashable, Sendable {
        /// Two files in PEM. The certificate is followed by those between it and its authority. `passphrase` is for a
        /// key that is encrypted.
        case pem(certificate: String, privateKey: String, passphrase: String? = nil)
        /// One file in PKCS#12, often called `.p12` or `.pfx`.
        case pkcs12(String, passphrase: String? = nil)
    }

    /// What is looked at in a server's certificate.
    public enum Verification: Hashable, Sendable {
        case full
        /// Anybody may be the server who has a certificate of one of the authorities.
        case withoutName
        /// Anybody may be the server: for experiments.
        case none
    }

    public enum Version: Hashable, Sendable {
        /// For very old servers only.
        case v1_1
        case v1_2
        case v1_3
    }

    /// A secret that server and client know beforehand, in the place of certificates: TLS 1.2, RFC 4279.
    public struct PreSharedKey: Hashable, Sendable {
        public var identity: String
        public var key: [UInt8]

        public init(identity: String, key: [UInt8]) {
            self.identity = identity
            self.key = key
        }
    }

    public var authorities: Authorities
    public var identity: Identity?
    /// The name in the server's certificate, where it is not the host of the address; sent as SNI too. No IP address.
    public var serverName: String?
    public var verification = Verification.full
    /// What to offer by ALPN, RFC 7301; nil: `mqtt`, and `http/1.1` for WebSocket. Empty: no ALPN.
    public var applicationProtocols: [String]?
    /// The oldest version that is spoken.
    public var minimumVersion = Version.v1_2
    /// Ciphers of TLS 1.2, in the words of OpenSSL; nil: those that are good. TLS 1.3 has its own.
    public var cipherSuites: String?
    /// Replaces authorities, identity and verification.
    public var preSharedKey: PreSharedKey?

    public static func tls(
        trusting authorities: Authorities = .system, identity: Identity? = nil, serverName: String? = nil
    ) -> Self {
        Self(authorities: authorities, identity: identity, serverName: serverName)
    }

    public static func tls(preSharedKey: PreSharedKey) -> Self {
        Self(authorities: .system, preSharedKey: preSharedKey)
    }
}

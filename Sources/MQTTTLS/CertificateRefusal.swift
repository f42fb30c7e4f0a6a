import X509

/// Why a client's certificate is not accepted, in words for the log.
enum CertificateRefusal: Error, Equatable {
    case malformed
    case expired
    case notYetValid
    case revoked
    case notForClients
    /// No authority that is trusted vouches for it.
    case unknownAuthority
    /// The authorities or lists have changed while the handshake was under way.
    case changedMeanwhile
    case other(String)
}

extension CertificateRefusal: CustomStringConvertible {
    var description: String {
        switch self {
        case .malformed: "the client's certificate is malformed"
        case .expired: "the client's certificate is not accepted: it has expired"
        case .notYetValid: "the client's certificate is not accepted: it is not valid yet"
        case .revoked: "the client's certificate is not accepted: it has been revoked"
        case .notForClients: "the client's certificate is not accepted: it is not meant for clients"
        case .unknownAuthority:
            "the client's certificate is not accepted: it does not come from an authority that is trusted"
        case .changedMeanwhile: "the authorities of clients have changed during the TLS handshake"
        case .other(let reason): "the client's certificate is not accepted: \(reason)"
        }
    }
}

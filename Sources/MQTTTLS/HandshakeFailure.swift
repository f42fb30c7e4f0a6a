import NIOSSL

/// What went wrong in a handshake, for people. BoringSSL's names of it stay, but not the place in its source text.
enum HandshakeFailure {
    private static let distrust =
        "the client gave up; it probably does not trust this server's certificate"

    private static let explanations = [
        ("EOF during handshake", "the client left during the TLS handshake"),
        ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "the client showed no certificate, and one is required"),
        ("CERTIFICATE_VERIFY_FAILED", "the client's certificate is not accepted"),
        ("UNKNOWN_CA", "the client does not know the authority of this server's certificate"),
        ("BAD_CERTIFICATE", "the client does not accept this server's certificate"),
        ("CERTIFICATE_EXPIRED", "the client finds this server's certificate expired"),
        ("CERTIFICATE_REVOKED", "the client finds this server's certificate revoked"),
        ("CERTIFICATE_UNKNOWN", "the client does not accept this server's certificate"),
        ("UNSUPPORTED_PROTOCOL", "the client speaks only versions of TLS that are too old"),
        ("PROTOCOL_VERSION", "the client speaks none of the versions of TLS that are allowed here"),
        ("NO_SHARED_CIPHER", "the client and this server have no cipher in common"),
        ("NO_APPLICATION_PROTOCOL", "the client and this server have no protocol in common (ALPN)"),
        ("HTTP_REQUEST", "what the client sent is no TLS, but HTTP"),
        ("WRONG_VERSION_NUMBER", "what the client sent is no TLS"),
        // A client that gives up while TLS 1.3 begins may say so before it encrypts, which cannot be read any more.
        ("BAD_PACKET_LENGTH", distrust),
        ("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", distrust),
        ("USER_CANCELED", distrust),
        ("HANDSHAKE_FAILURE", "the client found nothing that both sides accept"),
    ]

    static func reason(_ error: any Error) -> String {
        let names = names(of: error)
        for (part, words) in explanations {
            guard let name = names.first(where: { $0.contains(part) }) else { continue }
            return "\(words) (\(name))"
        }
        return "the TLS handshake failed: \(names.joined(separator: ", "))"
    }

    /// What BoringSSL calls what went wrong, as `TLSV1_ALERT_UNKNOWN_CA`.
    private static func names(of error: any Error) -> [String] {
        let inner: any Error =
            switch error as? NIOSSLError {
            case .handshakeFailed(let error), .shutdownFailed(let error): error
            default: error
            }
        switch inner as? BoringSSLError {
        case .sslError(let stack), .unknownError(let stack), .invalidSNIName(let stack),
            .failedToSetALPN(let stack):
            return stack.map { name(in: $0.description) }
        default: return ["\(inner)"]
        }
    }

    /// Of `Error: 268435703 error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER at FILE:LINE`, or of
    /// `Error:  EOF during handshake`.
    static func name(in description: String) -> String {
        let parts = description.split(separator: ":", omittingEmptySubsequences: false)
        if let reason = parts.firstIndex(of: "OPENSSL_internal"), reason + 1 < parts.count {
            return String(parts[reason + 1].prefix { $0 != " " })
        }
        return String(description.trimmingPrefix("Error:").drop { $0 == " " })
    }
}

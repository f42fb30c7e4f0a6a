import NIOSSL

/// What went wrong with TLS, for people. BoringSSL's own words stay in it.
enum SecurityFailure {
    private static let explanations = [
        (
            "CERTIFICATE_VERIFY_FAILED",
            "its certificate is not trusted: it has expired, or comes from an authority that is not known here"
        ),
        ("WRONG_VERSION_NUMBER", "what it speaks on this port is no TLS"),
        ("HTTP_REQUEST", "what it speaks on this port is no TLS"),
        ("CERTIFICATE_REQUIRED", "it asks for a client certificate, and there is none"),
        ("TLSV1_ALERT_UNKNOWN_CA", "it does not know the authority of this client's certificate"),
        ("CERTIFICATE_EXPIRED", "it finds this client's certificate expired"),
        ("CERTIFICATE_REVOKED", "this client's certificate has been revoked"),
        ("BAD_CERTIFICATE", "it does not accept this client's certificate"),
        ("CERTIFICATE_UNKNOWN", "it does not accept this client's certificate"),
        ("PROTOCOL_VERSION", "it speaks none of the versions of TLS that are allowed here"),
        ("UNSUPPORTED_PROTOCOL", "it speaks none of the versions of TLS that are allowed here"),
        ("NO_APPLICATION_PROTOCOL", "it speaks none of the protocols that were offered by ALPN"),
        ("DECRYPT_ERROR", "it does not accept this client's certificate or key"),
        ("UNKNOWN_PSK_IDENTITY", "it does not know the identity of the pre-shared key"),
        ("HANDSHAKE_FAILURE", "there is no cipher, or no kind of certificate, that both sides accept"),
        ("EOF during handshake", "it closed the connection during the handshake"),
    ]

    /// - Parameter name: what the server's certificate should be for.
    static func text(_ error: any Error, _ name: String) -> String {
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            return "its certificate is not for '\(name)'"
        }
        let text = "\(error)"
        guard let known = explanations.first(where: { text.contains($0.0) }) else { return text }
        return "\(known.1) (\(known.0))"
    }

    /// Whether an error of a connection comes from TLS, also after the handshake.
    static func isOne(_ error: any Error) -> Bool {
        error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError
    }
}

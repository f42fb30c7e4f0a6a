/// What went wrong in a handshake, for people. BoringSSL's own words stay in it.
enum HandshakeFailure {
    private static let explanations = [
        ("EOF during handshake", "the client left during the TLS handshake"),
        ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "the client showed no certificate, and one is required"),
        ("CERTIFICATE_VERIFY_FAILED", "the client's certificate is not accepted"),
        ("UNKNOWN_CA", "the client does not know the authority of this server's certificate"),
        ("BAD_CERTIFICATE", "the client does not accept this server's certificate"),
        ("CERTIFICATE_EXPIRED", "the client finds this server's certificate expired"),
        ("CERTIFICATE_UNKNOWN", "the client does not accept this server's certificate"),
        ("UNSUPPORTED_PROTOCOL", "the client speaks only versions of TLS that are too old"),
        ("NO_SHARED_CIPHER", "the client and this server have no cipher in common"),
        ("WRONG_VERSION_NUMBER", "what the client sent is no TLS"),
    ]

    static func reason(_ error: any Error) -> String {
        let text = "\(error)"
        guard let known = explanations.first(where: { text.contains($0.0) }) else {
            return "the TLS handshake failed: \(text)"
        }
        return "\(known.1) (\(known.0))"
    }
}

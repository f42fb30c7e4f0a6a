extension Settings {
    /// What an entry of `listeners` may say otherwise than `tls` does for all.
    static let listenerTLS: [Setting<ListenerEntry>] = [
        .optionalPath(
            "certificate", \.tls.certificate,
            "In place of `tls.certificate`, with `private_key`. This and those below are for listeners with TLS."
        ),
        .optionalPath("private_key", \.tls.privateKey, "In place of `tls.private_key`."),
        .optionalPath(
            "client_ca", \.tls.clientAuthorities,
            "In place of `tls.client_ca`; `tls.crl` does not count for this listener then either."),
        .optionalPath("crl", \.tls.revocationLists, "In place of `tls.crl`."),
        .optionalChoice(
            "client_certificates", \.tls.clientCertificates, word: "as-for-all",
            "In place of `tls.client_certificates`."),
        .optionalChoice("user_name", \.tls.userName, word: "as-for-all", "In place of `tls.user_name`."),
        .optionalChoice(
            "minimum_version", \.tls.minimumVersion, word: "as-for-all", "In place of `tls.minimum_version`."),
    ]
}

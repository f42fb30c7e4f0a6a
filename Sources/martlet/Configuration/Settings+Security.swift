import MQTTBroker

extension Settings {
    static let tls: [Setting<ServerConfiguration>] = [
        .optionalPath(
            "tls.certificate", \.tls.certificate,
            """
            The certificate that listeners with TLS show, in PEM, followed by those between it and its authority. \
            This and the other files of `tls` are read again when they change and on SIGHUP.
            """),
        .optionalPath(
            "tls.private_key", \.tls.privateKey, "The key to `tls.certificate`, in PEM without passphrase."),
        .optionalPath(
            "tls.client_ca", \.tls.clientAuthorities,
            """
            The authorities that clients' certificates may come from, in PEM. When it changes, clients that came \
            by a certificate are disconnected and have to show it again.
            """),
        .choice(
            "tls.client_certificates", \.tls.clientCertificates,
            """
            Whether clients show certificates. The common name of one that is shown is the client's user name, \
            and no password is needed then. `optional`: one that is shown must be right. `required`: nobody comes \
            in through a listener with TLS without one.
            """),
        .choice("tls.minimum_version", \.tls.minimumVersion, "The oldest version of TLS that is spoken."),
        .duration(
            "tls.handshake_time", \.tls.handshakeTime, in: .milliseconds, 100...3_600_000,
            "Time that a client has for the TLS handshake."),
    ]
}

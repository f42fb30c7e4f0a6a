import MQTTBroker

extension Settings {
    static let tls: [Setting<ServerConfiguration>] = [
        .optionalPath(
            "tls.certificate", \.tls.certificate,
            """
            The certificate that listeners with TLS show, in PEM, followed by those between it and its authority. \
            Several files, with commas between: each client gets the one that has the name it asks for (SNI), or \
            the first. This and the other files of `tls` are read again when they change and on SIGHUP.
            """),
        .optionalPath(
            "tls.private_key", \.tls.privateKey,
            """
            The key to `tls.certificate`, in PEM without passphrase; as many as there are certificates, in their order.
            """),
        .optionalPath(
            "tls.client_ca", \.tls.clientAuthorities,
            """
            The authorities that clients' certificates may come from, in PEM. When it or `tls.crl` changes, \
            exactly those clients are disconnected whose certificate is not accepted any more.
            """),
        .optionalPath(
            "tls.crl", \.tls.revocationLists,
            """
            Lists of certificates that the authorities have taken back (CRL), in PEM or DER; several files with \
            commas between. A list that no authority of `tls.client_ca` has signed is an error; one that is out of \
            date counts on, with a warning.
            """),
        .choice(
            "tls.client_certificates", \.tls.clientCertificates,
            """
            Whether clients show certificates. One that is shown has the client's user name in it \
            (`tls.user_name`), and no password is needed then. `optional`: one that is shown must be right. `required`: nobody comes \
            in through a listener with TLS without one.
            """),
        .choice(
            "tls.user_name", \.tls.userName,
            """
            Where in a client's certificate its user name is: the common name, or the one subject alternative name \
            of that kind.
            """),
        .choice("tls.minimum_version", \.tls.minimumVersion, "The oldest version of TLS that is spoken."),
        .duration(
            "tls.handshake_time", \.tls.handshakeTime, in: .milliseconds, 100...3_600_000,
            "Time that a client has for the TLS handshake."),
    ]
}

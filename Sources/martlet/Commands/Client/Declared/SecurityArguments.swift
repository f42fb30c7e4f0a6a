import ArgumentParser

/// TLS of `pub`, `sub` and `rr`. Declared for the help, the manual and the shells' completions; ``ToolOptions`` reads them.
struct SecurityArguments: ParsableArguments {
    @Option(
        name: [.customLong("cafile")],
        help: ArgumentHelp("Trust the authorities in a file of PEM.", valueName: "file"), completion: .file())
    var authorities: String?

    @Option(
        name: [.customLong("capath")],
        help: ArgumentHelp("Trust the authorities in a directory.", valueName: "directory"),
        completion: .directory)
    var authoritiesDirectory: String?

    @Flag(name: [.customLong("tls-use-os-certs")], help: "Trust those of the system.")
    var systemAuthorities = false

    @Option(
        name: [.customLong("cert")],
        help: ArgumentHelp("The certificate to show, in PEM.", valueName: "file"), completion: .file())
    var certificate: String?

    @Option(
        name: [.customLong("key")],
        help: ArgumentHelp("The key to it, in PEM; a passphrase is asked for.", valueName: "file"),
        completion: .file())
    var key: String?

    @Option(
        name: [.customLong("keyform")], help: ArgumentHelp("pem", valueName: "form"),
        completion: .list(["pem"]))
    var keyForm: String?

    @Flag(name: [.customLong("insecure")], help: "Do not look at the name in the server's certificate.")
    var insecure = false

    @Option(
        name: [.customLong("tls-version")],
        help: ArgumentHelp(
            "The oldest that is spoken, tlsv1.2, tlsv1.3 or tlsv1.1: tlsv1.2.", valueName: "version"),
        completion: .list(["tlsv1.2", "tlsv1.3", "tlsv1.1"]))
    var oldest: String?

    @Option(
        name: [.customLong("tls-alpn")],
        help: ArgumentHelp("Offer it, in the place of mqtt.", valueName: "protocol"))
    var applicationProtocol: String?

    @Option(
        name: [.customLong("ciphers")],
        help: ArgumentHelp("Ciphers of TLS 1.2, in the words of OpenSSL.", valueName: "list"))
    var ciphers: String?

    @Option(
        name: [.customLong("psk")],
        help: ArgumentHelp(
            "A key in hexadecimal that both sides know, in the place of certificates.", valueName: "key"))
    var preSharedKey: String?

    @Option(
        name: [.customLong("psk-identity")], help: ArgumentHelp("The name of that key.", valueName: "name"))
    var preSharedKeyIdentity: String?

    @Option(
        name: [.customLong("tls-engine")],
        help: ArgumentHelp("Refused: keys are in files.", valueName: "engine"))
    var engine: String?

    @Option(
        name: [.customLong("tls-engine-kpass-sha1")],
        help: ArgumentHelp("Refused: keys are in files.", valueName: "hash"))
    var enginePassword: String?
}

import ArgumentParser
import MQTTClient

/// How commands that connect to a broker by a URL show who they are, and whom they trust.
struct AccessOptions: ParsableArguments {
    @Option(help: "User name.")
    var user: String?

    @Option(help: "Password.")
    var password: String?

    @Option(
        help: ArgumentHelp(
            "Trust the authorities in this file of PEM, and not the system's.", valueName: "file"))
    var cafile: String?

    @Option(help: ArgumentHelp("Show this certificate, in PEM.", valueName: "file"))
    var cert: String?

    @Option(help: ArgumentHelp("The key to it.", valueName: "file"))
    var key: String?

    @Flag(help: "Do not look at the name in the server's certificate.")
    var insecure = false

    func validate() throws {
        guard (cert == nil) == (key == nil) else { throw ValidationError("--cert and --key belong together") }
    }

    func apply(to configuration: inout ClientConfiguration) throws {
        configuration.userName = user
        configuration.password = password.map { Array($0.utf8) }
        configuration.security = .tls(trusting: cafile.map { .pem($0) } ?? .system)
        if let cert, let key {
            configuration.security.identity = .pem(
                certificate: cert, privateKey: key, passphrase: KeyPassphrase.ask(for: key))
        }
        if insecure { configuration.security.verification = .withoutName }
    }
}

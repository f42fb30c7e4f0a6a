import ArgumentParser
import Logging
import MQTTAuth
import MQTTBroker
import MQTTEngine
import MQTTStorage

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the broker.",
        discussion: """
            Settings come from the defaults, the configuration file, environment variables (MARTLET_...) and \
            these flags; each overrides what stands before it. With none of them the broker listens on this \
            machine only: mqtt on port \(ListenerURL.defaultPort), WebSocket on port \
            \(ListenerURL.defaultWebSocketPort). SIGTERM and SIGINT end it cleanly.

            \(ExitStatus.help)
            """)

    @Option(
        name: .customLong("config"), help: ArgumentHelp("A YAML configuration file.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var configurationFile: String?

    @Option(
        help: ArgumentHelp(
            "Listen here: mqtt://HOST:PORT, ws://HOST:PORT/PATH or unix:///PATH, mqtts:// or wss:// with TLS. May be given several times.",
            valueName: "url"))
    var listen: [String] = []

    @Flag(help: "Let clients without credentials in from other machines too.")
    var allowAnonymous = false

    @Option(
        help: ArgumentHelp("Users and their passwords; martlet passwd makes it.", valueName: "file"),
        completion: .file())
    var passwordFile: String?

    @Option(
        help: ArgumentHelp("What users may do, in Mosquitto's acl_file format.", valueName: "file"),
        completion: .file())
    var aclFile: String?

    @Option(
        help: ArgumentHelp("The certificate for listeners with TLS, in PEM.", valueName: "file"),
        completion: .file())
    var certificate: String?

    @Option(help: ArgumentHelp("The key to it, in PEM.", valueName: "file"), completion: .file())
    var privateKey: String?

    @Option(
        help: ArgumentHelp(
            "Metrics, health, the administration API and the dashboard here: http://127.0.0.1:\(AdminAddress.defaultPort).",
            valueName: "url"))
    var admin: String?

    @Option(
        help: ArgumentHelp("Where the broker keeps what outlives it.", valueName: "dir"),
        completion: .directory)
    var data: String?

    @Option(
        help: ArgumentHelp("What an acknowledgement survives: synced, written or memory.", valueName: "mode"),
        completion: .list(Durability.allCases.map(\.rawValue)))
    var durability: String?

    @Option(
        help: ArgumentHelp(
            "What it survives for messages on some topics: the first filter that matches counts. As often as needed.",
            valueName: "filter=mode"))
    var topicDurability: [String] = []

    @Option(help: ArgumentHelp("Event loops that clients are spread over.", valueName: "number"))
    var shards: String?

    @Option(
        help: ArgumentHelp(
            "The least important events logged: \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "level"))
    var logLevel: String?

    @Option(
        help: ArgumentHelp("How log lines look: text or json.", valueName: "format"),
        completion: .list(LogFormat.allCases.map(\.rawValue)))
    var logFormat: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let source = source(environment)
        let loaded = source.read()
        try Report.check(loaded)
        let configuration = loaded.configuration
        let output = LogOutput(
            level: configuration.logLevel, format: configuration.logFormat, burst: configuration.logBurst,
            isJournal: LogOutput.isJournal(environment))
        let logger = Logger(label: "martlet") { StandardErrorLogHandler(label: $0, output: output) }
        logger.info("starting martlet \(Version.current)")
        for warning in loaded.warnings { logger.warning("\(warning)") }
        let security = try await Report.orExit(.configuration) { () async throws(FileProblem) in
            try await Security(configuration, file: source.file) { trouble in
                logger.error("\(trouble)", metadata: ["setting": "authentication.http"])
            }
        }
        for warning in security.tls.warnings { logger.warning("\(warning)") }
        let secrets =
            [configuration.passwordFile, configuration.authentication.tokenSecret].compactMap { $0 }
            + security.tls.keys
        for file in secrets where TextFile.isReadableByOthers(file) {
            logger.warning("every user of this machine may read \(file); chmod 600 \(file) ends that")
        }
        let directory = try Report.orExit(.cannotCreate) { () throws(DataDirectoryProblem) in
            guard let path = configuration.dataDirectory else {
                return try DataDirectory(DataDirectory.defaultPath(environment: environment))
            }
            return try DataDirectory(path)
        }
        let auditFile = try Report.orExit(.cannotCreate) { () throws(FileProblem) in
            try configuration.auditFile.map { path throws(FileProblem) in
                try AuditFile(path, logger: logger)
            }
        }
        logger.info(
            "data directory",
            metadata: ["path": "\(directory.path)", "durability": "\(configuration.durability.rawValue)"])
        if configuration.listeners.isEmpty { logger.notice("\(DefaultListeners.explanation)") }
        let running = RunningConfiguration(
            configuration, from: source, security, auditFile, output, logger: logger)
        do {
            let progress = StartProgress(directory.path, logger: logger)
            defer { progress.end() }
            let store = try DataStore.open(configuration, directory.path, logger)
            let stored = StoreControl(store: store, directory: directory.path)
            let administration = Administration(
                configuration, security, stored, running, output,
                logger: logger.of(area: LogArea.admin.rawValue))
            var broker = security.secured(configuration.brokerConfiguration)
            try InheritedSockets(environment).give(to: &broker.listeners)
            try await BrokerService.run(
                broker, security,
                stored, progress, auditFile, administration, running, logger: logger)
            await auditFile?.close()
        } catch {
            logger.critical("\(error)")
            throw ExitStatus(whenFailedWith: error).exitCode
        }
        directory.unlock()
    }

    private func source(_ environment: [String: String]) -> ConfigurationSource {
        let name = configurationFile ?? environment[EnvironmentConfiguration.configurationFile] ?? ""
        let flags = FlagConfiguration(
            listen: listen, allowAnonymous: allowAnonymous, passwordFile: passwordFile,
            accessFile: aclFile, certificate: certificate, privateKey: privateKey, admin: admin, data: data,
            durability: durability, topicDurability: topicDurability, shards: shards, logLevel: logLevel,
            logFormat: logFormat)
        return ConfigurationSource(
            file: name.isEmpty ? nil : name, environment: environment, flags: flags)
    }
}

import ArgumentParser
import MQTTAuth
import MQTTCodec

struct Can: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell whether a client may publish, subscribe or receive, and which rule says so.",
        discussion: """
            Reads the rules of --acl-file, or those of the configuration and of the file that it names. Ends \
            with 0 for a yes, with 1 for a no. Rules about addresses and listeners want --address and --listener; \
            roles and rights that a token carries are given with --role.

              martlet can --acl-file acl.txt --user anna publish house/kitchen/light
              martlet can --config martlet.yaml --user anna --client phone subscribe 'house/#'
            """)

    enum Operation: String, ExpressibleByArgument, CaseIterable {
        case publish, subscribe, receive
    }

    @Option(help: ArgumentHelp("A file of access rules.", valueName: "file"), completion: .file())
    var aclFile: String?

    @Option(
        name: .customLong("config"), help: ArgumentHelp("A YAML configuration file.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var configurationFile: String?

    @Option(help: "The user's name; without it, a client that gives none.")
    var user: String?

    @Option(help: "The client identifier.")
    var client = ""

    @Option(help: "The address it comes from.")
    var address = ""

    @Option(help: ArgumentHelp("The listener it comes through.", valueName: "url"))
    var listener = ""

    @Option(help: "A role that it has besides those of its name. May be given several times.")
    var role: [String] = []

    @Option(name: .customLong("qos"), help: "QoS of the message, or of the subscription.")
    var qos: UInt8 = 0

    @Flag(help: "The message is to be retained.")
    var retain = false

    @Argument(help: "publish, subscribe or receive.")
    var operation: Operation

    @Argument(help: "The topic, or the topic filter.")
    var topic: String

    func validate() throws {
        if (aclFile == nil) == (configurationFile == nil) {
            throw ValidationError("give one of --acl-file and --config")
        }
    }

    func run() throws {
        let configuration = try configuration()
        guard configuration.hasAccessRules else {
            print("yes: no access rules are configured (authorization.acl_file, authorization.rules)")
            return
        }
        let rules = try Report.orExit(.configuration) { () throws(FileProblem) in
            try configuration.accessRules()
        }
        switch try verdict(rules) {
        case .allowed(let rule): print("yes: \(rule.place.file):\(rule.line): \(rule)")
        case .denied(let rule):
            print("no: \(rule.place.file):\(rule.line): \(rule)")
            throw ExitCode.failure
        case .notAllowed:
            let what = operation == .subscribe && rules.policy == .refuse ? "all of it" : "it"
            let files = [configuration.accessFile, configurationFile].compactMap { $0 }
            print(
                "no: none of the \(rules.count) rules in \(files.joined(separator: " and ")) allows \(what)")
            throw ExitCode.failure
        }
    }

    private func verdict(_ rules: AccessRules) throws -> AccessVerdict {
        let client = AccessClient(
            userName: user.map { MQTTString($0) }, clientIdentifier: MQTTString(self.client),
            address: address, listener: listener, roles: role.map { MQTTString($0) })
        guard let filter = try? TopicFilter(MQTTString(topic)) else {
            throw ValidationError("'\(topic)' is no topic filter")
        }
        guard let qos = QoS(rawValue: qos) else { throw ValidationError("--qos is 0, 1 or 2") }
        if operation == .subscribe { return rules.subscribing(filter, qos: qos, by: client) }
        guard !filter.hasWildcard else {
            throw ValidationError("'\(topic)' is no topic: it has wildcards")
        }
        return operation == .receive
            ? rules.receiving(MQTTString(topic), by: client)
            : rules.publishing(MQTTString(topic), qos: qos, retain: retain, by: client)
    }

    private func configuration() throws -> ServerConfiguration {
        guard let configurationFile else {
            var configuration = ServerConfiguration()
            configuration.accessFile = aclFile
            return configuration
        }
        let text = try Report.orExit(.configuration) { () throws(ConfigurationProblem) in
            try ConfigurationFile.read(configurationFile)
        }
        let loaded = LoadedConfiguration(
            file: (configurationFile, text), environment: [:], flags: FlagConfiguration())
        try Report.check(loaded)
        return loaded.configuration
    }
}

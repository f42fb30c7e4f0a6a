import ArgumentParser
import MQTTAuth
import MQTTCodec

struct Can: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell whether a client may publish or subscribe, and which rule says so.",
        discussion: """
            Reads the rules of --acl-file, or of the file that the configuration names. Ends with 0 for a yes, \
            with 1 for a no.

              martlet can --acl-file acl.txt --user anna publish house/kitchen/light
              martlet can --config martlet.yaml --user anna --client phone subscribe 'house/#'
            """)

    enum Operation: String, ExpressibleByArgument, CaseIterable {
        case publish, subscribe
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

    @Argument(help: "publish or subscribe.")
    var operation: Operation

    @Argument(help: "The topic, or the topic filter.")
    var topic: String

    func validate() throws {
        if (aclFile == nil) == (configurationFile == nil) {
            throw ValidationError("give one of --acl-file and --config")
        }
    }

    func run() throws {
        guard let file = try file() else {
            print("yes: no access rules are configured (authorization.acl_file)")
            return
        }
        let rules = try Report.orExit(.configuration) { () throws(FileProblem) in
            try AccessFile.rules(contentsOf: file)
        }
        switch try verdict(rules) {
        case .allowed(let rule): print("yes: \(file):\(rule.line): \(rule)")
        case .denied(let rule):
            print("no: \(file):\(rule.line): \(rule)")
            throw ExitCode.failure
        case .notAllowed:
            print(
                "no: none of the \(rules.count) rules in \(file) allows \(operation == .publish ? "it" : "all of it")"
            )
            throw ExitCode.failure
        }
    }

    private func verdict(_ rules: AccessRules) throws -> AccessVerdict {
        let client = AccessClient(
            userName: user.map { MQTTString($0) }, clientIdentifier: MQTTString(self.client))
        guard let filter = try? TopicFilter(MQTTString(topic)) else {
            throw ValidationError("'\(topic)' is no topic filter")
        }
        switch operation {
        case .publish:
            guard !filter.hasWildcard else {
                throw ValidationError("'\(topic)' is no topic: it has wildcards")
            }
            return rules.publishing(MQTTString(topic), by: client)
        case .subscribe: return rules.subscribing(filter, by: client)
        }
    }

    private func file() throws -> String? {
        guard let configurationFile else { return aclFile }
        let text = try Report.orExit(.configuration) { () throws(ConfigurationProblem) in
            try ConfigurationFile.read(configurationFile)
        }
        let loaded = LoadedConfiguration(
            file: (configurationFile, text), environment: [:], flags: FlagConfiguration())
        try Report.check(loaded)
        return loaded.configuration.accessFile
    }
}

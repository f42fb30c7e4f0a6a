import ArgumentParser

struct CtlStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "The broker at a glance.")

    @OptionGroup var options: CtlOptions

    func run() async throws {
        let overview = try CtlOutput.read(try await CtlConnection(options).call(.GET, "/overview"))
        try CtlOutput.show(options, overview) {
            let drops = (overview["dropped"]?.elements ?? []).filter { $0["count"]?.text != "0" }
            return CtlTable.lines(of: overview)
                + (drops.isEmpty
                    ? ""
                    : "\n"
                        + CtlTable(columns: [("DROPPED", "count"), ("WHY", "reason")]).text(of: drops))
        }
    }
}

struct CtlVersion: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Which program the broker is.")

    @OptionGroup var options: CtlOptions

    func run() async throws {
        let version = try CtlOutput.read(try await CtlConnection(options).call(.GET, "/version"))
        try CtlOutput.show(options, version) { CtlTable.lines(of: version) }
    }
}

struct CtlListeners: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listeners", abstract: "Where the broker listens.")

    @OptionGroup var options: CtlOptions

    func run() async throws {
        try await CtlOutput.list(
            options, "/listeners", CtlTable(columns: [("URL", "url"), ("TLS", "secure")]))
    }
}

struct CtlCertificates: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificates", abstract: "The certificates of listeners, and how long they are valid.")

    @OptionGroup var options: CtlOptions

    func run() async throws {
        try await CtlOutput.list(
            options, "/certificates",
            CtlTable(columns: [("DAYS LEFT", "daysLeft"), ("SUBJECT", "subject"), ("FILE", "file")]))
    }
}

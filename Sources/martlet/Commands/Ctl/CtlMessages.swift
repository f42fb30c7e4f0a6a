import ArgumentParser

struct CtlTopics: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics", abstract: "The levels below a topic, in the tree of retained messages.")

    @OptionGroup var options: CtlOptions
    @Argument(help: "A topic; without it, the first levels.")
    var below: String?

    func run() async throws {
        try await CtlOutput.list(
            options, CtlConnection.path("/topics", [("below", below)]),
            CtlTable(columns: [("LEVEL", "name"), ("RETAINED", "retained"), ("MORE", "children")]))
    }
}

struct CtlRetained: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retained", abstract: "Retained messages: list, read, delete.",
        subcommands: [List.self, Get.self, Delete.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List them, without payloads.")

        @OptionGroup var options: CtlOptions
        @OptionGroup var paging: CtlPaging
        @Option(help: "A topic filter that their topics match.")
        var filter: String?

        func run() async throws {
            try await CtlOutput.list(
                options, "/retained", [("filter", filter)], limit: paging.limit,
                CtlTable(columns: [
                    ("TOPIC", "topic"), ("QOS", "qos"), ("BYTES", "payloadBytes"),
                    ("EXPIRES IN", "expiresInSeconds"),
                ]))
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the payload of one.")

        @OptionGroup var options: CtlOptions
        @Argument(help: "Its topic.")
        var topic: String

        func run() async throws {
            let path = CtlConnection.path("/retained/message", [("topic", topic)])
            let message = try CtlOutput.read(try await CtlConnection(options).call(.GET, path))
            try CtlOutput.show(options, message) { (message["payload"]?.text ?? "") + "\n" }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete all that match a topic filter.")

        @OptionGroup var options: CtlOptions
        @Argument(help: "A topic, or a topic filter.")
        var filter: String

        func run() async throws {
            let path = CtlConnection.path("/retained", [("filter", filter)])
            let answer = try CtlOutput.read(try await CtlConnection(options).call(.DELETE, path))
            try CtlOutput.show(options, answer) { "deleted: \(answer["deleted"]?.text ?? "0")\n" }
        }
    }
}

struct CtlPublish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Publish a message as the broker.")

    @OptionGroup var options: CtlOptions
    @Argument(help: "The topic.")
    var topic: String
    @Argument(help: "The payload; without it, it is empty.")
    var payload: String?
    @Option(help: "0, 1 or 2.")
    var qos = 0
    @Flag(help: "Retain it.")
    var retain = false

    func run() async throws {
        let body = CtlOutput.object([
            ("topic", .text(topic)), ("payload", payload.map { .text($0) }), ("qos", .number(Double(qos))),
            ("retain", .bool(retain)),
        ])
        try await CtlConnection(options).call(.POST, "/publish", body: body)
    }
}

struct CtlTrace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "Follow what happens, until it is interrupted.")

    @OptionGroup var options: CtlOptions
    @Option(help: "Only events of this client identifier.")
    var client: String?
    @Option(help: "Only events of this address, with or without port.")
    var address: String?
    @Option(help: "Messages to topics that match this filter, too.")
    var filter: String?

    func run() async throws {
        let path = CtlConnection.path(
            "/trace", [("client", client), ("address", address), ("filter", filter)])
        let columns = ["client", "user", "address", "topic", "reason", "detail", "count", "payloadBytes"]
        try await CtlConnection(options).follow(path) { line in
            guard line.hasPrefix("data: ") else { return }
            let data = String(line.dropFirst(6))
            guard !options.json, let event = JSONReader.read(Array(data.utf8)) else { return print(data) }
            let parts = columns.compactMap { name in event[name]?.text.map { "\(name)=\($0)" } }
            print(CtlTable.printable(([event["event"]?.text ?? ""] + parts).joined(separator: " ")))
        }
    }
}

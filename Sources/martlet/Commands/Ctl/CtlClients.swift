import ArgumentParser

/// The columns of lists of sessions.
enum SessionTable {
    static let connected = CtlTable(columns: [
        ("CLIENT", "client"), ("USER", "user"), ("ADDRESS", "address"), ("VERSION", "version"),
        ("SECONDS", "connectedSeconds"), ("SUBSCRIPTIONS", "subscriptions"), ("QUEUED", "queuedMessages"),
        ("IN FLIGHT", "inFlightMessages"), ("RECEIVED", "bytesReceived"), ("SENT", "bytesSent"),
    ])
    static let all = CtlTable(columns: [
        ("CLIENT", "client"), ("USER", "user"), ("CONNECTED", "connected"),
        ("SUBSCRIPTIONS", "subscriptions"), ("QUEUED", "queuedMessages"), ("IN FLIGHT", "inFlightMessages"),
        ("EXPIRES IN", "expiresInSeconds"), ("LAST DISCONNECT", "lastDisconnect"),
    ])
    static let subscriptions = CtlTable(columns: [
        ("CLIENT", "client"), ("FILTER", "filter"), ("QOS", "qos"), ("NO LOCAL", "noLocal"),
        ("IDENTIFIER", "identifier"),
    ])
    static let messages = CtlTable(columns: [
        ("STATE", "state"), ("ID", "packetIdentifier"), ("TOPIC", "topic"), ("QOS", "qos"),
        ("BYTES", "payloadBytes"), ("EXPIRES IN", "expiresInSeconds"),
    ])
}

struct CtlClients: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "clients", abstract: "Connected clients.")

    @OptionGroup var options: CtlOptions
    @OptionGroup var paging: CtlPaging
    @Option(help: "Part of a client identifier, a user name or an address.")
    var search: String?

    func run() async throws {
        try await CtlOutput.list(
            options, "/clients", [("search", search)], limit: paging.limit, SessionTable.connected)
    }
}

struct CtlSessions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "Sessions, whether their clients are connected or away.")

    @OptionGroup var options: CtlOptions
    @OptionGroup var paging: CtlPaging
    @Option(help: "Part of a client identifier, a user name or an address.")
    var search: String?
    @Flag(help: "Only those whose clients are away.")
    var away = false

    func run() async throws {
        try await CtlOutput.list(
            options, "/sessions", [("search", search), ("connected", away ? "false" : nil)],
            limit: paging.limit, SessionTable.all)
    }
}

struct CtlClient: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client", abstract: "A client's session: its subscriptions, its queue.")

    @OptionGroup var options: CtlOptions
    @Argument(help: "The client identifier.")
    var client: String

    func run() async throws {
        let path = "/sessions/\(CtlConnection.encoded(client))"
        let detail = try CtlOutput.read(try await CtlConnection(options).call(.GET, path))
        try CtlOutput.show(options, detail) {
            var text = detail["session"].map(CtlTable.lines(of:)) ?? ""
            if let rows = detail["subscriptions"]?.elements, !rows.isEmpty {
                text += "\n" + SessionTable.subscriptions.text(of: rows)
            }
            let messages = (detail["inFlight"]?.elements ?? []) + (detail["queue"]?.elements ?? [])
            if !messages.isEmpty { text += "\n" + SessionTable.messages.text(of: messages) }
            return text
        }
    }
}

struct CtlDisconnect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disconnect", abstract: "End the connection of a client; its session stays.")

    @OptionGroup var options: CtlOptions
    @Argument(help: "The client identifier.")
    var client: String

    func run() async throws {
        try await CtlConnection(options).call(.DELETE, "/clients/\(CtlConnection.encoded(client))")
    }
}

struct CtlEndSession: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end-session", abstract: "Discard a session with all that is queued for it.")

    @OptionGroup var options: CtlOptions
    @Argument(help: "The client identifier.")
    var client: String

    func run() async throws {
        try await CtlConnection(options).call(.DELETE, "/sessions/\(CtlConnection.encoded(client))")
    }
}

struct CtlTop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "The sessions with the most of something.")

    @OptionGroup var options: CtlOptions
    @Option(
        help:
            "queuedMessages, queuedBytes, inFlightMessages, bytesReceived, bytesSent or subscriptions.")
    var by = "queuedMessages"
    @Option(help: "How many.")
    var limit = 10

    func run() async throws {
        let path = CtlConnection.path("/ranking", [("by", by), ("limit", "\(limit)")])
        try await CtlOutput.list(options, path, SessionTable.connected)
    }
}

struct CtlSubscriptions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscriptions", abstract: "Subscriptions of all sessions.")

    @OptionGroup var options: CtlOptions
    @OptionGroup var paging: CtlPaging
    @Option(help: "Part of a topic filter or of a client identifier.")
    var search: String?
    @Option(help: "Only those that a message to this topic goes through.")
    var topic: String?

    func run() async throws {
        try await CtlOutput.list(
            options, "/subscriptions", [("search", search), ("topic", topic)], limit: paging.limit,
            SessionTable.subscriptions)
    }
}

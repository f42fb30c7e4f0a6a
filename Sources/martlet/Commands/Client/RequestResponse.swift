import ArgumentParser
import MQTTClient
import MQTTCodec
import NIOCore

struct RequestResponse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rr",
        abstract: "Publish a request and print the answer, with the options of mosquitto_rr.",
        discussion: Tool.exitStatus, helpNames: .long)

    @OptionGroup(title: "Request") var message: MessageArguments
    @OptionGroup(title: "Response") var response: ResponseArguments
    @OptionGroup(title: "Output") var output: OutputArguments
    @OptionGroup(title: "Connection") var connection: ConnectionArguments
    @OptionGroup(title: "TLS") var security: SecurityArguments

    /// Reading as Mosquitto's tools do is not the parser's way: the words are taken as they are.
    func run() async throws { try await Tool.run(.rr, Array(CommandLine.arguments.dropFirst(2))) }

    static func request(_ options: ToolOptions) async throws(ToolError) {
        let payload = try await Pub.payload(options)
        let client = MQTTClient(options.clientConfiguration)
        let messages = await client.unclaimedMessages()
        try await Tool.untilTold(client, options) { () throws(ToolError) in
            try await Tool.connect(client, options)
            try await exchange(payload, messages, client, options)
            await Tool.disconnect(client, options)
        }
    }

    private static func exchange(
        _ payload: ByteBuffer?, _ messages: MQTTClient.Subscription, _ client: MQTTClient,
        _ options: ToolOptions
    ) async throws(ToolError) {
        let responseTopic = options.responseTopic ?? ""
        try await Tool.told(options) { () throws(ClientError) in
            let answer = try await client.send(
                subscribe: [
                    Subscribe.Entry(MQTTString(responseTopic), SubscriptionOptions(qos: options.qos))
                ],
                properties: options.properties(of: .subscribe))
            guard answer.reasonCodes.allSatisfy({ !$0.isFailure }) else {
                throw .subscribeRefused(answer.reasonCodes[0], reason: nil)
            }
        }
        var properties = options.properties(of: .publish)
        if options.version == .v5 { properties.responseTopic = MQTTString(responseTopic) }
        var printer = MessagePrinter(options)
        var iterator = messages.makeAsyncIterator()
        var lines = InputLines(.standardInput)
        while true {
            var request = payload
            if request == nil { request = try await lines.next() }
            guard let request else { return }
            try await Tool.told(options) { () throws(ClientError) in
                try await client.publish(
                    options.topics[0], payload: request, qos: options.qos, properties: properties)
            }
            guard try await printAnswer(&iterator, &printer, options), payload == nil else { return }
        }
    }

    /// Returns false when there is none any more, because the client was told to end.
    private static func printAnswer(
        _ messages: inout MQTTClient.Subscription.AsyncIterator, _ printer: inout MessagePrinter,
        _ options: ToolOptions
    ) async throws(ToolError) -> Bool {
        while true {
            let message: MQTTClient.Message?
            do throws(ClientError) {
                message = try await messages.next()
            } catch {
                throw Tool.failure(error, options)
            }
            guard let message else { return false }
            guard printer.wants(message) else { continue }
            printer.print(message)
            await printer.flush()
            return true
        }
    }
}

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
            do throws(ClientError) {
                try await exchange(payload, messages, client, options)
            } catch {
                throw Tool.failure(error, options)
            }
            await Tool.disconnect(client, options)
        }
    }

    private static func exchange(
        _ payload: ByteBuffer?, _ messages: MQTTClient.Subscription, _ client: MQTTClient,
        _ options: ToolOptions
    ) async throws(ClientError) {
        let responseTopic = options.responseTopic ?? ""
        let answer = try await client.send(
            subscribe: [
                Subscribe.Entry(MQTTString(responseTopic), SubscriptionOptions(qos: options.qos))
            ],
            properties: options.properties(of: .subscribe))
        guard answer.reasonCodes.allSatisfy({ !$0.isFailure }) else {
            throw .subscribeRefused(answer.reasonCodes[0], reason: nil)
        }
        var properties = options.properties(of: .publish)
        if options.version == .v5 { properties.responseTopic = MQTTString(responseTopic) }
        var printer = MessagePrinter(options)
        var iterator = messages.makeAsyncIterator()
        var lines = InputLines(.standardInput)
        while true {
            var request = payload
            if request == nil { request = await lines.next() }
            guard let request else { return }
            try await client.publish(
                options.topics[0], payload: request, qos: options.qos, properties: properties)
            repeat {
                guard let message = try await iterator.next() else { return }
                guard printer.wants(message) else { continue }
                printer.print(message)
                guard await printer.flush() else { return }
                break
            } while true
            if payload != nil { return }
        }
    }
}

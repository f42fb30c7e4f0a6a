import ArgumentParser
import MQTTClient
import MQTTCodec
import NIOCore

struct Sub: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print messages, with the options of mosquitto_sub.", discussion: Tool.exitStatus,
        helpNames: .long)

    @OptionGroup(title: "Subscription") var subscription: SubscribeArguments
    @OptionGroup(title: "Output") var output: OutputArguments
    @OptionGroup(title: "Connection") var connection: ConnectionArguments
    @OptionGroup(title: "TLS") var security: SecurityArguments

    /// Reading as Mosquitto's tools do is not the parser's way: the words are taken as they are.
    func run() async throws { try await Tool.run(.sub, Array(CommandLine.arguments.dropFirst(2))) }

    static func subscribe(_ options: ToolOptions) async throws(ToolError) {
        let client = MQTTClient(options.clientConfiguration)
        let events = await client.events()
        // Acknowledged is what has been dealt with: printed, or not wanted.
        let messages = await client.unclaimedMessages(acknowledgements: .manual)
        try await Tool.untilTold(client, options) { () throws(ToolError) in
            try await Tool.connect(client, options)
            // As often as there is a new connection.
            let subscribing = Task { await subscribe(at: events, client, options) }
            defer { subscribing.cancel() }
            if options.exitsAfterSubscribing {
                // What came is not taken, and so stays with the broker where the session does.
                await subscribing.value
            } else {
                // Printing is too little work to wake another thread for each message.
                try await withTaskExecutorPreference(client.taskExecutor) { () throws(ToolError) in
                    try await print(messages, client, options)
                }
            }
            await Tool.disconnect(client, options)
        }
    }

    private static func subscribe(
        at events: AsyncStream<ConnectionEvent>, _ client: MQTTClient, _ options: ToolOptions
    ) async {
        for await event in events {
            guard case .connected = event else { continue }
            do throws(ClientError) {
                let subscription = SubscriptionOptions(
                    qos: options.qos, retainAsPublished: options.retainAsPublished)
                let answer = try await client.send(
                    subscribe: options.topics.map { Subscribe.Entry(MQTTString($0), subscription) },
                    properties: options.properties(of: .subscribe))
                for filter in options.unsubscribeTopics {
                    _ = try await client.send(
                        unsubscribe: [MQTTString(filter)], properties: options.properties(of: .unsubscribe))
                }
                if answer.reasonCodes.allSatisfy(\.isFailure) {
                    if !options.isQuiet {
                        StandardError.write(line: "All subscription requests were denied.")
                    }
                    await Tool.disconnect(client, options)
                }
                if options.exitsAfterSubscribing { await Tool.disconnect(client, options) }
            } catch {
                continue
            }
        }
    }

    private static func print(
        _ messages: MQTTClient.Subscription, _ client: MQTTClient, _ options: ToolOptions
    ) async throws(ToolError) {
        var printer = MessagePrinter(options)
        var failure: ClientError?
        do {
            try await print(messages, client, options, &printer)
        } catch {
            failure = error
        }
        await printer.flush()
        if let failure { throw Tool.failure(failure, options) }
    }

    private static func print(
        _ messages: MQTTClient.Subscription, _ client: MQTTClient, _ options: ToolOptions,
        _ printer: inout MessagePrinter
    ) async throws(ClientError) {
        var removal: PublishReceipt?
        var iterator = messages.makeAsyncIterator()
        printing: while true {
            let batch = try await iterator.next(upTo: printer.wanted)
            guard !batch.isEmpty else { break }
            for message in batch {
                if options.retainedOnly && !message.retain {
                    // It would be the first to come the next time, too.
                    await client.acknowledge(batch)
                    break printing
                }
                guard printer.wants(message) else { continue }
                if options.removesRetained && message.retain {
                    removal = try await client.submit(
                        message.topic, payload: ByteBuffer(), qos: .atLeastOnce, retain: true)
                }
                printer.print(message)
            }
            await printer.flush()
            await client.acknowledge(batch)
            if let count = options.messageCount, printer.count == count { break }
        }
        try await removal?.fulfilled(within: .seconds(60))
    }
}

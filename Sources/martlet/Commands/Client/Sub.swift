import ArgumentParser
import MQTTClient
import MQTTCodec
import NIOCore

struct Sub: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print messages, with the options of mosquitto_sub.", helpNames: [])

    @Argument(parsing: .captureForPassthrough, help: "See martlet sub --help.")
    var options: [String] = []

    func run() async throws { try await Tool.run(.sub, options, Self.subscribe) }

    private static func subscribe(_ options: ToolOptions) async throws(ToolError) {
        let client = MQTTClient(options.clientConfiguration)
        let events = await client.events()
        let messages = await client.unclaimedMessages()
        try await Tool.untilTold(client, options) { () throws(ToolError) in
            try await Tool.connect(client, options)
            // As often as there is a new connection.
            let subscribing = Task { await subscribe(at: events, client, options) }
            defer { subscribing.cancel() }
            if options.exitsAfterSubscribing {
                // What came is not taken, and so stays with the broker where the session does.
                await subscribing.value
            } else {
                try await print(messages, client, options)
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
                if options.isDebug && !options.isQuiet {
                    let codes = answer.reasonCodes.map { "\($0.rawValue)" }.joined(separator: ", ")
                    StandardOutput.write(
                        Array("Subscribed (mid: \(answer.packetIdentifier)): \(codes)\n".utf8))
                }
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
        var removal: PublishReceipt?
        do throws(ClientError) {
            for try await message in messages {
                if options.retainedOnly && !message.retain { break }
                guard printer.wants(message) else { continue }
                if options.removesRetained && message.retain {
                    removal = try await client.submit(
                        message.topic, payload: ByteBuffer(), qos: .atLeastOnce, retain: true)
                }
                guard printer.print(message) else { break }
                if let count = options.messageCount, printer.count == count { break }
            }
            try await removal?.fulfilled(within: .seconds(60))
        } catch {
            throw Tool.failure(error, options)
        }
    }
}

import MQTTClient
import NIOCore

/// Industry: many machines report to a line of consumers that share the work. Each machine announces its birth, and its
/// will announces its death, with a number that ties the two together, as Sparkplug has it.
///
///     swift run Plant mqtt://127.0.0.1:1883
///     martlet sub -t 'plant/+/birth' -t 'plant/+/death' -v
@main
struct Plant {
    static let machines = 20
    static let consumers = 3
    static let readings = 50

    static func main() async throws {
        let server = try ServerAddress(CommandLine.arguments.dropFirst().first ?? "mqtt://127.0.0.1:1883")
        let lines = try await connectConsumers(server)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for line in lines { group.addTask { try await line.count() } }
            try await withThrowingTaskGroup(of: Void.self) { machinery in
                for number in 1...machines { machinery.addTask { try await machine(number, server) } }
                try await machinery.waitForAll()
            }
            // Every consumer has its own copy of this one.
            let foreman = MQTTClient(ClientConfiguration(server))
            try await foreman.connect()
            for line in lines { try await foreman.publish(line.ending, "", qos: .atLeastOnce) }
            await foreman.disconnect()
            var all = 0
            for try await count in group {
                print("a consumer took \(count) readings")
                all += count
            }
            print("\(all) of \(machines * readings) readings arrived")
        }
        for line in lines { await line.client.disconnect() }
    }

    /// A consumer, one of those that share the readings.
    struct Line: Sendable {
        let client: MQTTClient
        let messages: MQTTClient.Subscription
        let ending: String

        func count() async throws -> Int {
            var count = 0
            for try await message in messages {
                if message.topic == ending { break }
                count += 1
            }
            return count
        }
    }

    static func connectConsumers(_ server: ServerAddress) async throws -> [Line] {
        var lines: [Line] = []
        for number in 1...consumers {
            let client = MQTTClient(ClientConfiguration(server))
            try await client.connect()
            let ending = "plant/consumers/\(number)/end"
            let messages = try await client.subscribe(
                ["$share/line/plant/+/data", ending].map { ($0, SubscriptionOptions(qos: .atLeastOnce)) })
            lines.append(Line(client: client, messages: messages, ending: ending))
        }
        return lines
    }

    static func machine(_ number: Int, _ server: ServerAddress) async throws {
        let name = "plant/machine-\(number)"
        // A death belongs to the birth with the same number: one that comes late cannot be taken for another.
        let life = "\(UInt32.random(in: .min ... .max))"
        var configuration = ClientConfiguration(server)
        configuration.clientIdentifier = "machine-\(number)"
        configuration.will = Will(
            topic: MQTTString("\(name)/death"), payload: Array(life.utf8), qos: .atLeastOnce)
        try await MQTTClient.withConnection(configuration) { client in
            try await client.publish("\(name)/birth", life, qos: .atLeastOnce)
            // All are on their way before the first is waited for.
            var receipts: [PublishReceipt] = []
            for reading in 0..<readings {
                receipts.append(
                    try await client.submit(
                        "\(name)/data", payload: ByteBuffer(string: "\(number * reading)"), qos: .atLeastOnce,
                        properties: [.messageExpiryInterval(60), .userProperty("unit", "rpm")]))
            }
            for receipt in receipts { try await receipt.fulfilled() }
            await client.disconnect(Disconnect(reasonCode: .disconnectWithWillMessage))
        }
    }
}

import MQTTClient

/// Home automation: a thermostat whose state is retained, so that whoever comes later sees it, and whose birth and will
/// tell whether it is there.
///
///     swift run Thermostat mqtt://127.0.0.1:1883
///     martlet sub -t 'home/#' -v
///     martlet pub -t home/hall/thermostat/target -m 21 -q 1
///     martlet pub -t home/hall/temperature -m 18.5
@main
struct Thermostat {
    static let name = "home/hall/thermostat"

    static func main() async throws {
        var configuration = try ClientConfiguration(
            CommandLine.arguments.dropFirst().first ?? "mqtt://127.0.0.1:1883")
        configuration.clientIdentifier = "thermostat-hall"
        // The broker says it when the thermostat cannot any more.
        configuration.will = Will(
            topic: "home/hall/thermostat/status", payload: Array("offline".utf8), qos: .atLeastOnce,
            retain: true)
        let client = MQTTClient(configuration)

        try await withThrowingTaskGroup(of: Void.self) { group in
            let births = await client.events()
            let starts = await client.events()
            group.addTask { try await client.run() }
            group.addTask {
                // After every connection, not only the first: the will may have been published in the meantime.
                for await case .connected in births {
                    try await client.publish("\(name)/status", "online", qos: .atLeastOnce, retain: true)
                }
            }
            group.addTask { try await control(client, starts) }
            try await group.waitForAll()
        }
    }

    static func control(_ client: MQTTClient, _ events: AsyncStream<ConnectionEvent>) async throws {
        for await case .connected in events { break }
        var target = 20.0
        var temperature: Double?
        var isHeating = false
        let messages = try await client.subscribe(
            ["\(name)/target", "home/hall/temperature"].map { ($0, SubscriptionOptions(qos: .atLeastOnce)) })
        for try await message in messages {
            guard let degrees = Double(message.text) else { continue }
            if message.topic.hasSuffix("/target") { target = degrees } else { temperature = degrees }
            guard let temperature else { continue }
            // Half a degree of patience, so that the boiler is not switched for every breath of air.
            let wanted = isHeating ? temperature < target + 0.25 : temperature < target - 0.25
            if wanted != isHeating {
                isHeating = wanted
                try await client.publish(
                    "\(name)/heating", wanted ? "on" : "off", qos: .atLeastOnce, retain: true)
            }
            print("\(temperature) degrees, \(target) wanted, heating \(isHeating ? "on" : "off")")
        }
    }
}

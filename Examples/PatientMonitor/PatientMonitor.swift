import MQTTClient

/// Health: a bedside monitor whose alarms arrive exactly once, over TLS with a certificate of its own, and are kept on
/// disk until they have arrived.
///
///     martlet setup broker --user anna
///     martlet cert client bed-7 --directory broker     # and in broker/acl.txt: user bed-7, topic ward/#
///     swift run PatientMonitor mqtts://localhost:8883 broker bed-7
@main
struct PatientMonitor {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 3, let url = arguments.first, let name = arguments.last else {
            print("usage: PatientMonitor URL DIRECTORY NAME")
            return
        }
        let directory = arguments[arguments.index(after: arguments.startIndex)]
        var configuration = try ClientConfiguration(
            url,
            .tls(
                trusting: .pem("\(directory)/ca.pem"),
                identity: .pem(
                    certificate: "\(directory)/\(name).pem", privateKey: "\(directory)/\(name).key")))
        configuration.clientIdentifier = name
        configuration.cleanStart = false
        configuration.sessionExpiryInterval = 86_400
        configuration.outboxStore = try DirectoryOutbox("\(directory)/outbox-\(name)")
        let client = MQTTClient(configuration)
        let events = await client.events()
        let reporting = Task { for await event in events { print("connection: \(event)") } }
        try await client.connect(retrying: true)

        for rate in [72, 75, 71, 190, 74] {
            try await client.publish("ward/\(name)/pulse", "\(rate)", qos: .atMostOnce)
            guard rate > 150 else { continue }
            let outcome = try await client.publish(
                "ward/\(name)/alarm", "pulse \(rate)", qos: .exactlyOnce,
                properties: [.contentType("text/plain"), .messageExpiryInterval(3_600)])
            print("alarm handed over: \(outcome.reasonCode)")
        }
        await client.disconnect()
        reporting.cancel()
    }
}

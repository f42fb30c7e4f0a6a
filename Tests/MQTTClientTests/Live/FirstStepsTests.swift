import Logging
import MQTTBroker
import MQTTClient
import NIOCore
import ServiceLifecycle
import Testing

/// The code in MQTTClient.docc/FirstSteps.md: `make check` compares the two, line by line.
@Suite("The tutorial", .timeLimit(.minutes(1)))
struct FirstStepsTests {
    @Test("What it says works")
    func works() async throws {
        try await LiveServer.with { server in
            let client = MQTTClient(try server.configuration())
            try await client.connect()
            let lights = try await client.subscribe("house/+/light", qos: .atLeastOnce)
            try await client.publish("house/kitchen/light", "on", qos: .atLeastOnce, retain: true)
            for try await message in lights {
                print(message.topic, message.text)
                break
            }
            var receipts: [PublishReceipt] = []
            for number in 1...100 {
                receipts.append(
                    try await client.submit(
                        "count", payload: ByteBuffer(string: "\(number)"), qos: .exactlyOnce))
            }
            for receipt in receipts { try await receipt.fulfilled(within: .seconds(10)) }
            let times = try await client.subscribe("service/time", qos: .atLeastOnce)
            let serving = Task { try await serve(times, client) }
            let answer = try await client.request("service/time", payload: ByteBuffer(string: "now?"))
            #expect(answer.text == "now?")
            serving.cancel()
            let (done, worked) = AsyncStream.makeStream(of: String.self)
            let working = Task { try await work(client, worked) }
            for await text in done {
                #expect(text == "tea")
                break
            }
            working.cancel()
            try await working.value
            await client.disconnect()
        }
    }

    /// Answers with what was asked.
    private func serve(_ questions: MQTTClient.Subscription, _ client: MQTTClient) async throws {
        for try await question in questions {
            guard let topic = question.properties.responseTopic,
                let data = question.properties.correlationData
            else { continue }
            try await client.publish(
                topic.description, question.text, qos: .atLeastOnce, properties: [.correlationData(data)])
        }
    }

    /// Works until its task is cancelled.
    private func work(_ client: MQTTClient, _ worked: AsyncStream<String>.Continuation) async throws {
        func handle(_ order: MQTTClient.Message) async throws { worked.yield(order.text) }
        try await client.publish("orders", "tea", qos: .atLeastOnce, retain: true)
        let orders = try await client.subscribe("orders", qos: .atLeastOnce, acknowledgements: .manual)
        for try await order in orders {
            try await handle(order)
            await order.acknowledge()
        }
    }

    /// Compiled, and not run: there is no such broker, and a group would end with the test.
    private func compiled(logger: Logger) async throws {
        let client = MQTTClient(try ClientConfiguration("mqtt://127.0.0.1:1883"))
        var secure = try ClientConfiguration("mqtts://broker.example.com", .tls(trusting: .pem("ca.pem")))
        secure.security.identity = .pem(certificate: "device.pem", privateKey: "device.key")
        let group = ServiceGroup(services: [client], logger: logger)
        try await group.run()
    }
}

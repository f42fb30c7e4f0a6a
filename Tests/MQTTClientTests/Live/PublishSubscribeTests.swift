import MQTTBroker
import MQTTClient
import NIOCore
import Testing

@Suite("A client and a broker", .timeLimit(.minutes(2)))
struct PublishSubscribeTests {
    @Test(
        "Messages arrive in their order over every transport", arguments: TransportKind.allCases, [0, 1, 2])
    func roundTrip(kind: TransportKind, qos: UInt8) async throws {
        let qos = try #require(QoS(rawValue: qos))
        try await LiveServer.with(kind) { server in
            for version in ProtocolVersion.allCases {
                try await server.client(version) { client in
                    let messages = try await client.subscribe("house/+/light", qos: qos)
                    for number in 1...50 {
                        try await client.publish("house/\(number)/light", "\(number)", qos: qos)
                    }
                    #expect(try await messages.texts(50) == (1...50).map(String.init))
                }
            }
        }
    }

    @Test(
        "Each subscription has its own messages, even where filters overlap",
        arguments: [ProtocolVersion.v3_1_1, .v5])
    func routing(version: ProtocolVersion) async throws {
        try await LiveServer.with { server in
            try await server.client(version) { client in
                let all = try await client.subscribe("a/#", qos: .atLeastOnce)
                let one = try await client.subscribe("a/+/x", qos: .exactlyOnce)
                let other = try await client.subscribe("b/#", qos: .atLeastOnce)
                for topic in ["a/1", "a/1/x", "b/1", "a/2/x"] {
                    try await client.publish(topic, topic, qos: .exactlyOnce)
                }
                #expect(try await other.texts(1) == ["b/1"])
                var iterator = one.makeAsyncIterator()
                #expect(try await iterator.next()?.text == "a/1/x")
                #expect(Set(try await all.texts(3)).isSuperset(of: ["a/1", "a/1/x"]))
                try await one.unsubscribe()
                try await client.publish("a/3/x", "late", qos: .atLeastOnce)
                var late = false
                while let message = try await iterator.next() { late = late || message.text == "late" }
                #expect(!late)
            }
        }
    }

    @Test("Properties travel, and a will with them")
    func properties() async throws {
        try await LiveServer.with { server in
            try await server.client { watcher in
                let messages = try await watcher.subscribe("#", qos: .atLeastOnce)
                let will = Will(
                    topic: "will", payload: Array("gone".utf8), qos: .atLeastOnce,
                    properties: [.userProperty("cause", "none")])
                try await server.client(.v5, { $0.will = will }) { client in
                    try await client.publish(
                        "t", "x", qos: .atLeastOnce,
                        properties: [
                            .contentType("text/plain"), .userProperty("a", "b"), .messageExpiryInterval(50),
                        ])
                    await client.disconnect(Disconnect(reasonCode: .disconnectWithWillMessage))
                }
                var iterator = messages.makeAsyncIterator()
                let first = try #require(try await iterator.next())
                #expect(first.properties.contentType == "text/plain")
                #expect(first.properties.userProperties.map(\.name) == ["a"])
                let second = try #require(try await iterator.next())
                #expect(second.topic == "will" && second.text == "gone")
                #expect(second.properties.userProperties.map(\.value) == ["none"])
            }
        }
    }

    @Test("A request is answered in one call, and many at once find their own answers")
    func request() async throws {
        try await LiveServer.with { server in
            try await server.client { service in
                let questions = try await service.subscribe("ask", qos: .atLeastOnce)
                let serving = Task {
                    for try await question in questions {
                        guard let topic = question.properties.responseTopic,
                            let correlation = question.properties.correlationData
                        else { continue }
                        try await service.publish(
                            topic.description, "answer to \(question.text)", qos: .atLeastOnce,
                            properties: [.correlationData(correlation)])
                    }
                }
                defer { serving.cancel() }
                try await server.client { client in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for number in 1...20 {
                            group.addTask {
                                let answer = try await client.request(
                                    "ask", payload: ByteBuffer(string: "\(number)"))
                                #expect(answer.text == "answer to \(number)")
                            }
                        }
                        try await group.waitForAll()
                    }
                    await #expect(throws: ClientError.timedOut) {
                        _ = try await client.request(
                            "nobody", payload: ByteBuffer(), timeout: .milliseconds(50))
                    }
                }
            }
        }
    }

    @Test("Manual acknowledgement: what is not acknowledged comes again to the session")
    func manual() async throws {
        try await LiveServer.with { server in
            let durable: (inout ClientConfiguration) -> Void = {
                $0.clientIdentifier = "durable"
                $0.cleanStart = false
            }
            try await server.client(.v5, durable) { client in
                let messages = try await client.subscribe(
                    "t", qos: .atLeastOnce, acknowledgements: .manual)
                for text in ["1", "2", "3"] { try await client.publish("t", text, qos: .atLeastOnce) }
                var iterator = messages.makeAsyncIterator()
                let first = try #require(try await iterator.next())
                await first.acknowledge()
                #expect(try await iterator.next()?.text == "2")
                await client.disconnect()
            }
            try await server.client(.v5, durable) { client in
                // They came before anybody could subscribe again, and have waited.
                let messages = try await client.subscribe("t", qos: .atLeastOnce)
                #expect(try await messages.texts(2) == ["2", "3"])
            }
        }
    }

    @Test(
        "A slow reader holds the server back; nothing is lost and memory stays small",
        arguments: TransportKind.allCases)
    func backPressure(kind: TransportKind) async throws {
        try await LiveServer.with(kind, configure: { $0.engine.limits.outgoingBytes = 64 << 20 }) { server in
            try await server.client(.v5, { $0.subscriptionBuffer = 10 }) { reader in
                let messages = try await reader.subscribe("t")
                let payload = ByteBuffer(repeating: 7, count: 10_000)
                try await server.client { writer in
                    for _ in 0..<500 { try await writer.publish("t", payload: payload) }
                    // The reader's connection is held, and an answer gets through all the same.
                    try await reader.publish("else", "x", qos: .atLeastOnce)
                    var count = 0
                    for try await message in messages {
                        #expect(message.payload.readableBytes == 10_000)
                        count += 1
                        if count == 500 { break }
                    }
                    #expect(count == 500)
                }
            }
        }
    }

    @Test("Many messages on their way at once, through a small window and a small outbox")
    func pipelined() async throws {
        try await LiveServer.with { server in
            try await server.client(
                .v5,
                {
                    $0.outboxCapacity = 10
                    $0.maximumInFlight = 5
                    $0.receiveMaximum = 7
                }
            ) { client in
                let messages = try await client.subscribe("t", qos: .exactlyOnce)
                let reading = Task { try await messages.texts(300) }
                var receipts: [PublishReceipt] = []
                for number in 0..<300 {
                    receipts.append(
                        try await client.submit(
                            "t", payload: ByteBuffer(string: "\(number)"), qos: .exactlyOnce))
                }
                for receipt in receipts { try await receipt.fulfilled(within: .seconds(20)) }
                #expect(try await reading.value == (0..<300).map(String.init))
            }
        }
    }
}

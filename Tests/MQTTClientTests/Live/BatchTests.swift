import MQTTBroker
import MQTTClient
import NIOCore
import Testing

@Suite("Many messages at once", .timeLimit(.minutes(2)))
struct BatchTests {
    private func messages(_ count: Int, qos: QoS) -> [MQTTClient.ApplicationMessage] {
        (0..<count).map { MQTTClient.ApplicationMessage("t", "\($0)", qos: qos) }
    }

    @Test(
        "They are sent and taken in their order, through small windows, outboxes and buffers",
        arguments: [0, 1, 2])
    func order(qos: UInt8) async throws {
        let qos = try #require(QoS(rawValue: qos))
        try await LiveServer.with { server in
            try await server.client(
                .v5,
                {
                    $0.outboxCapacity = 10
                    $0.maximumInFlight = 5
                    $0.receiveMaximum = 7
                    $0.subscriptionBuffer = 3
                }
            ) { client in
                let subscription = try await client.subscribe("t", qos: qos)
                let reading = Task {
                    var iterator = subscription.makeAsyncIterator()
                    var texts: [String] = []
                    while texts.count < 500 {
                        let batch = try await iterator.next(upTo: 4)
                        #expect(1...4 ~= batch.count)
                        texts += batch.map(\.text)
                    }
                    return texts
                }
                let receipts = try await client.submit(messages(500, qos: qos))
                for receipt in receipts { try await receipt.fulfilled(within: .seconds(60)) }
                #expect(try await reading.value == (0..<500).map(String.init))
            }
        }
    }

    @Test("A message is acknowledged when it is taken, not when it has come")
    func acknowledgedWhenTaken() async throws {
        try await LiveServer.with { server in
            let configuration = try server.configuration(.v5) {
                $0.clientIdentifier = "reader"
                $0.cleanStart = false
                $0.sessionExpiryInterval = 600
            }
            let first = MQTTClient(configuration)
            try await first.connect()
            let messages = try await first.subscribe("t", qos: .atLeastOnce)
            let witness = try await first.subscribe("end", qos: .atLeastOnce)
            try await server.client { writer in
                for text in ["1", "2", "3", "4"] {
                    try await writer.publish("t", text, qos: .atLeastOnce)
                }
                try await writer.publish("end", "x", qos: .atLeastOnce)
            }
            // Now all of them have come.
            #expect(try await witness.texts(1) == ["x"])
            var iterator = messages.makeAsyncIterator()
            #expect(try await iterator.next()?.text == "1")
            #expect(try await iterator.next(upTo: 2).map(\.text) == ["2", "3"])
            await first.disconnect(Disconnect())

            let second = MQTTClient(configuration)
            let left = await second.unclaimedMessages()
            try await second.connect()
            #expect(try await left.texts(1) == ["4"])
            await second.disconnect()
        }
    }

    @Test(
        "By hand, many are acknowledged at once; those of another client are left alone", arguments: [1, 2])
    func acknowledgedByHand(qos: UInt8) async throws {
        let qos = try #require(QoS(rawValue: qos))
        try await LiveServer.with { server in
            func client(_ name: String) throws -> MQTTClient {
                MQTTClient(
                    try server.configuration(.v5) {
                        $0.clientIdentifier = name
                        $0.cleanStart = false
                        $0.sessionExpiryInterval = 600
                    })
            }
            let (first, other) = (try client("first"), try client("other"))
            var taken: [MQTTClient.Message] = []
            for one in [first, other] { try await one.connect() }
            let messages = try await first.subscribe("t", qos: qos, acknowledgements: .manual)
            let same = try await other.subscribe("t", qos: qos, acknowledgements: .manual)
            try await server.client { writer in
                for receipt in try await writer.submit(self.messages(4, qos: qos)) {
                    try await receipt.fulfilled(within: .seconds(60))
                }
            }
            #expect(try await same.texts(4) == ["0", "1", "2", "3"])
            var iterator = messages.makeAsyncIterator()
            while taken.count < 4 { taken += try await iterator.next(upTo: 4 - taken.count) }
            await other.acknowledge(taken)
            await first.acknowledge(Array(taken.prefix(3)))
            for one in [first, other] { await one.disconnect(Disconnect()) }

            for (name, texts) in [("first", ["3"]), ("other", ["0", "1", "2", "3"])] {
                let again = try client(name)
                let left = await again.unclaimedMessages()
                try await again.connect()
                #expect(try await left.texts(texts.count) == texts)
                await again.disconnect()
            }
        }
    }

    @Test("One that is wrong keeps all from being sent; a wait for messages ends with its task")
    func ends() async throws {
        try await LiveServer.with { server in
            try await server.client { client in
                let subscription = try await client.subscribe("#")
                await #expect(throws: ClientError.self) {
                    try await client.submit([.init("right", "x"), .init("wrong/#", "x")])
                }
                #expect(try await client.submit([]).isEmpty)
                try await client.publish("last", "x")
                var iterator = subscription.makeAsyncIterator()
                #expect(try await iterator.next(upTo: 100).map(\.topic) == ["last"])
                let waiting = Task {
                    var iterator = subscription.makeAsyncIterator()
                    return try await iterator.next(upTo: 100).count
                }
                waiting.cancel()
                #expect(try await waiting.value == 0)
                try await subscription.unsubscribe()
                #expect(try await iterator.next(upTo: 100).isEmpty)
            }
        }
    }

    @Test("What does not fit while there is no connection is refused")
    func offline() async throws {
        var configuration = try ClientConfiguration("mqtt://127.0.0.1:1")
        configuration.outboxCapacity = 3
        configuration.reconnect = ReconnectPolicy(initialDelay: .seconds(60))
        let client = MQTTClient(configuration)
        let connecting = Task { try await client.connect(retrying: true) }
        for await case .reconnecting in await client.events() { break }
        await #expect(throws: ClientError.outboxFull) {
            try await client.submit(messages(5, qos: .atLeastOnce))
        }
        await client.disconnect()
        connecting.cancel()
        _ = await connecting.result
    }

    @Test("A receipt is waited for as long as the configuration says, and the message is taken back then")
    func receiptTimesOut() async throws {
        var configuration = try ClientConfiguration("mqtt://127.0.0.1:1")
        configuration.outboxCapacity = 1
        configuration.timeout = .milliseconds(20)
        configuration.reconnect = ReconnectPolicy(initialDelay: .seconds(60))
        let client = MQTTClient(configuration)
        let connecting = Task { try await client.connect(retrying: true) }
        for await case .reconnecting in await client.events() { break }
        for _ in 1...3 {
            let receipt = try await client.submit("t", payload: ByteBuffer(), qos: .atLeastOnce)
            await #expect(throws: ClientError.timedOut) { try await receipt.fulfilled() }
        }
        await client.disconnect()
        connecting.cancel()
        _ = await connecting.result
    }
}

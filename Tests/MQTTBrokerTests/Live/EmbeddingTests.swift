import MQTTBroker
import NIOCore
import Testing

/// Publish and subscribe of the program that holds the broker.
@Suite(.timeLimit(.minutes(1))) struct EmbeddingTests {
    @Test("messages go from the process to clients and back", arguments: QoS.allCases)
    func bothWays(_ qos: QoS) async throws {
        try await RunningBroker.with(.tcp) { running in
            let client = try await running.connected("client")
            try await client.subscribe("down")
            let subscription = try await running.broker.subscribe("up/#", qos: qos)
            #expect(subscription.grantedQoS == [qos])
            var messages = subscription.makeAsyncIterator()
            for number in 0..<3 {
                let properties: Properties = [.contentType("text/plain")]
                try await running.broker.publish(
                    topic: "down", payload: ByteBuffer(string: "\(number)"), qos: qos, properties: properties)
                let message = try await client.message()
                #expect(message.payload == ByteBuffer(string: "\(number)"))
                #expect(message.qos == qos && message.properties.contentType == "text/plain")
                try await client.publish(MQTTString("up/\(number)"), ByteBuffer(string: "answer"), qos)
                let answer = try await messages.next()
                #expect(answer?.topicName == MQTTString("up/\(number)") && answer?.qos == qos)
            }
        }
    }

    @Test("what is retained stays after its publisher")
    func retained() async throws {
        try await RunningBroker.with(.inProcess) { running in
            try await running.broker.publish(
                topic: "state", payload: ByteBuffer(string: "on"), qos: .atLeastOnce, retain: true)
            var messages = try await running.broker.subscribe("state").makeAsyncIterator()
            let message = try await messages.next()
            #expect(message?.retain == true && message?.payload == ByteBuffer(string: "on"))
        }
    }

    @Test("many publishes at once are all acknowledged and all arrive")
    func many() async throws {
        let count = 2_000
        try await RunningBroker.with(.inProcess, configure: { $0.engine.offer.receiveMaximum = 10 }) {
            running in
            let subscription = try await running.broker.subscribe("n", qos: .atLeastOnce)
            let received = Task {
                var seen: Set<String> = []
                for try await message in subscription {
                    seen.insert(String(buffer: message.payload))
                    if seen.count == count { break }
                }
                return seen.count
            }
            try await withThrowingTaskGroup { group in
                for number in 0..<count {
                    group.addTask {
                        let qos: QoS = number % 2 == 0 ? .atLeastOnce : .exactlyOnce
                        try await running.broker.publish(
                            topic: "n", payload: ByteBuffer(string: "\(number)"), qos: qos)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await received.value == count)
        }
    }

    @Test("a consumer that takes its time holds the publisher back, and gets everything")
    func slowConsumer() async throws {
        let count = 200
        try await RunningBroker.with(
            .inProcess,
            configure: {
                $0.engine.limits.outgoingBytes = 64 * 1024
                $0.engine.limits.queueBytes = 64 * 1024
            }
        ) { running in
            var messages = try await running.broker.subscribe("big", qos: .atLeastOnce).makeAsyncIterator()
            let payload = ByteBuffer(repeating: 1, count: 16_384)
            let flood = Task {
                for _ in 0..<count {
                    try await running.broker.publish(topic: "big", payload: payload, qos: .atLeastOnce)
                }
            }
            for _ in 0..<count { #expect(try await messages.next()?.payload == payload) }
            try await flood.value
        }
    }

    @Test("errors are thrown where they belong")
    func errors() async throws {
        try await RunningBroker.with(
            .inProcess, configure: { $0.engine.offer.sharedSubscriptionAvailable = false }
        ) { running in
            await #expect(throws: InProcessError.invalidPacket(.invalidTopicName)) {
                try await running.broker.publish(topic: "a/#")
            }
            let error = await #expect(throws: InProcessError.self) {
                _ = try await running.broker.subscribe("$share/g/a")
            }
            #expect(
                error == .subscriptionRefused(topicFilter: "$share/g/a", .sharedSubscriptionsNotSupported))
            try await running.broker.publish(topic: "a", qos: .atLeastOnce)
        }
    }

    @Test("stop() ends subscriptions with 0x8B")
    func stopEnds() async throws {
        try await RunningBroker.with(.inProcess) { running in
            var messages = try await running.broker.subscribe("a").makeAsyncIterator()
            await running.broker.stop()
            await #expect(throws: InProcessError.disconnected(.serverShuttingDown)) {
                try await messages.next()
            }
        }
    }

    @Test("a subscription that nobody refers to ends")
    func unreferenced() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        try await RunningBroker.with(.inProcess, observer: { continuation.yield($0) }) { running in
            _ = try await running.broker.subscribe("a")
            for await event in events {
                if case .clientDisconnected = event { break }
            }
            #expect(try await running.broker.counters().subscriptions == 0)
        }
    }

    @Test("a cancelled task does not wait for messages")
    func cancelled() async throws {
        try await RunningBroker.with(.inProcess) { running in
            let subscription = try await running.broker.subscribe("never")
            let task = Task { for try await _ in subscription {} }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}

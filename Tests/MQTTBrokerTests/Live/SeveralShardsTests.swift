import MQTTBroker
import MQTTEngine
import NIOCore
import Synchronization
import Testing

/// Connections go to the event loops in turn, so that neighbours are on different ones.
@Suite(.timeLimit(.minutes(2))) struct SeveralShardsTests {
    private func with(_ shards: Int, _ body: (RunningBroker) async throws -> Void) async throws {
        try await RunningBroker.with(.tcp, configure: { $0.shards = shards }, body)
    }

    @Test("messages reach subscribers on every event loop, in order", arguments: [1, 2, 3, 8])
    func crossing(shards: Int) async throws {
        try await with(shards) { running in
            var subscribers: [TestClient] = []
            for number in 0..<shards * 2 {
                let client = try await running.connected(MQTTString("s\(number)"))
                try await client.subscribe(number % 2 == 0 ? "a/+" : "a/b", .atLeastOnce)
                subscribers.append(client)
            }
            let publisher = try await running.connected("publisher")
            for number in 0..<20 {
                try await publisher.publish("a/b", ByteBuffer(string: "\(number)"), .exactlyOnce)
            }
            for subscriber in subscribers {
                for number in 0..<20 {
                    #expect(try await subscriber.message().payload == ByteBuffer(string: "\(number)"))
                }
            }
        }
    }

    @Test("a publish that interests nobody elsewhere is given to no other event loop")
    func stays() async throws {
        try await with(4) { running in
            let client = try await running.connected("alone")
            try await client.subscribe("mine/#")
            for _ in 0..<10 {
                try await client.publish("other", ByteBuffer(string: "x"), .atLeastOnce)
                try await client.publish("mine/x", ByteBuffer(string: "x"), .atMostOnce)
                _ = try await client.message()
            }
            #expect(try await running.broker.counters().publishesPassed == 0)
        }
    }

    @Test(
        "[MQTT-3.1.4-3] a client that comes back on another event loop has its session, its queue and its order",
        arguments: [2, 5])
    func handover(shards: Int) async throws {
        try await with(shards) { running in
            let publisher = try await running.connected("publisher")
            var number = 0
            var expected = 0
            for round in 0..<shards * 2 {
                let client = try await running.client()
                let connack = try await client.connect(
                    "wanderer", cleanStart: false, properties: [.sessionExpiryInterval(600)])
                #expect(connack.sessionPresent == (round > 0))
                if round == 0 { try await client.subscribe("load", .atLeastOnce) }
                for _ in 0..<7 {
                    try await publisher.publish("load", ByteBuffer(string: "\(number)"), .atLeastOnce)
                    number += 1
                }
                while expected < number {
                    #expect(try await client.message().payload == ByteBuffer(string: "\(expected)"))
                    expected += 1
                }
                try await client.ping()
                try await client.disconnect()
                for _ in 0..<5 {
                    try await publisher.publish("load", ByteBuffer(string: "\(number)"), .atLeastOnce)
                    number += 1
                }
            }
        }
    }

    @Test("what is retained on one event loop is retained on all")
    func retained() async throws {
        try await with(3) { running in
            for number in 0..<6 {
                let publisher = try await running.connected(MQTTString("p\(number)"))
                try await publisher.publish(
                    "state", ByteBuffer(string: "\(number)"), .atLeastOnce, retain: true)
                let subscriber = try await running.connected(MQTTString("s\(number)"))
                try await subscriber.send(
                    .subscribe(Subscribe(packetIdentifier: 1, [.init("state", .init(qos: .atMostOnce))])))
                _ = try await subscriber.next()
                #expect(try await subscriber.message().payload == ByteBuffer(string: "\(number)"))
            }
            #expect(try await running.broker.counters().retainedMessages == 1)
        }
    }

    @Test("the members of a shared subscription take turns, wherever they are")
    func shared() async throws {
        try await with(3) { running in
            var members: [TestClient] = []
            for number in 0..<6 {
                let client = try await running.connected(MQTTString("m\(number)"))
                try await client.subscribe("$share/g/work", .atLeastOnce)
                members.append(client)
            }
            let publisher = try await running.connected("publisher")
            for number in 0..<60 {
                try await publisher.publish("work", ByteBuffer(string: "\(number)"), .atLeastOnce)
            }
            var seen: Set<String> = []
            for member in members {
                for _ in 0..<10 { seen.insert(String(buffer: try await member.message().payload)) }
            }
            #expect(seen.count == 60)
        }
    }
}

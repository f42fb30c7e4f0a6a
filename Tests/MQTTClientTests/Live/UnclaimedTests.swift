import MQTTBroker
import MQTTCodec
import NIOCore
import Testing

@testable import MQTTClient

@Suite("Messages that no subscription takes", .timeLimit(.minutes(2)))
struct UnclaimedTests {
    /// A session with subscriptions, and messages that have come while nobody was there.
    private static func leave(
        _ payloads: [ByteBuffer], in server: LiveServer, _ configuration: ClientConfiguration
    ) async throws {
        let first = MQTTClient(configuration)
        try await first.connect()
        _ = try await first.send(subscribe: [
            Subscribe.Entry("old/+", SubscriptionOptions(qos: .exactlyOnce))
        ])
        await first.disconnect(Disconnect())
        try await server.client { writer in
            for payload in payloads {
                try await writer.publish("old/1", payload: payload, qos: .atLeastOnce)
                try await writer.publish("old/2", payload: payload, qos: .exactlyOnce)
            }
        }
    }

    private static func configuration(
        _ server: LiveServer, _ version: ProtocolVersion = .v5,
        _ configure: (inout ClientConfiguration) -> Void = { _ in }
    ) throws -> ClientConfiguration {
        try server.configuration(version) {
            $0.clientIdentifier = "reader"
            $0.cleanStart = false
            $0.sessionExpiryInterval = 600
            configure(&$0)
        }
    }

    @Test("[MQTT-4.5.0-2] They are acknowledged all the same, and told", arguments: [1, 2] as [UInt8])
    func acknowledged(qos: UInt8) async throws {
        let qos = try #require(QoS(rawValue: qos))
        let (answers, seen) = AsyncStream.makeStream(of: Acknowledgement.self)
        try await LiveServer.with { server in
            try await server.client(
                .v5,
                { $0.packetObserver = { if $0 == .sent, let one = $1.acknowledgement { seen.yield(one) } } }
            ) { client in
                let events = await client.events()
                _ = try await client.send(subscribe: [
                    Subscribe.Entry("t", SubscriptionOptions(qos: qos))
                ])
                try await server.client { try await $0.publish("t", "x", qos: qos) }
                for await event in events {
                    guard case .messageUnclaimed(let topic) = event else { continue }
                    #expect(topic == "t")
                    break
                }
                var types: [PacketType] = []
                for await answer in answers {
                    types.append(answer.type)
                    if types.count == Int(qos.rawValue) { break }
                }
                #expect(types == (qos == .atLeastOnce ? [.puback] : [.pubrec, .pubcomp]))
            }
        }
    }

    @Test("[MQTT-4.5.0-2] Those of a session of old wait for their subscription, and not for ever")
    func sessionOfOld() async throws {
        try await LiveServer.with { server in
            let configuration = try Self.configuration(server) { $0.unclaimedTime = .milliseconds(1) }
            try await Self.leave(["a", "b"].map(ByteBuffer.init(string:)), in: server, configuration)
            let second = MQTTClient(configuration)
            let events = await second.events()
            try await second.connect()
            var topics: [String] = []
            for await event in events {
                guard case .messageUnclaimed(let topic) = event else { continue }
                topics.append(topic)
                if topics.count == 4 { break }
            }
            #expect(topics == ["old/1", "old/2", "old/1", "old/2"])
            // They count for nothing any more: the session has what is new.
            let messages = try await second.subscribe("old/+", qos: .atLeastOnce)
            try await second.publish("old/3", "new", qos: .atLeastOnce)
            #expect(try await messages.texts(1) == ["new"])
            await second.disconnect(Disconnect())

            let third = MQTTClient(configuration)
            let left = await third.unclaimedMessages()
            try await third.connect()
            try await third.publish("old/3", "last", qos: .atLeastOnce)
            #expect(try await left.texts(1) == ["last"], "nothing was left without acknowledgement")
            await third.disconnect()
        }
    }

    @Test("Before 5.0, where nothing else bounds them, TCP is held back, and all are there in the end")
    func heldBack() async throws {
        try await LiveServer.with { server in
            let configuration = try Self.configuration(server, .v3_1_1) {
                $0.subscriptionBuffer = 4
                $0.unclaimedTime = .seconds(600)
            }
            let payloads = (0..<10).map { number in
                var payload = ByteBuffer(string: "\(number) ")
                payload.writeRepeatingByte(UInt8(ascii: "x"), count: 200_000)
                return payload
            }
            try await Self.leave(payloads, in: server, configuration)
            let second = MQTTClient(configuration)
            try await second.connect()
            while await second.isReading { await Task.yield() }
            let kept = await second.unclaimed.count
            #expect(4...10 ~= kept)
            let messages = try await second.subscribe("old/+", qos: .exactlyOnce)
            var texts: [String] = []
            for try await message in messages {
                texts.append(String(message.text.prefix { $0 != " " }))
                if texts.count == 20 { break }
            }
            #expect(texts == (0..<10).flatMap { ["\($0)", "\($0)"] })
            await second.disconnect()
        }
    }
}

import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

/// What fuzzing of whole connections has found in the engine.
@Suite struct FoundByFuzzingTests {
    /// Sends packets of 5.0 over a new connection, and returns what comes back.
    private func drive(
        _ shard: inout Shard, _ packets: [ControlPacket], thenLost isLost: Bool = false
    ) throws -> (packets: [ControlPacket], isClosed: Bool) {
        let now = Instant(milliseconds: 1)
        let opened = shard.connectionOpened(Peer(address: "", listener: ""), at: now)
        let id = try #require(opened)
        var bytes = ByteBuffer()
        for packet in packets { packet.encode(into: &bytes, version: .v5) }
        shard.received(bytes, on: id, at: now)
        var output = ByteBuffer()
        var isClosed = false
        func drain() {
            while let action = shard.nextAction() {
                switch action {
                case .write(id):
                    var taken = shard.takeOutput(of: id).first
                    output.writeBuffer(&taken)
                case .close(id, var final):
                    output.writeBuffer(&final.first)
                    isClosed = true
                default: break
                }
            }
        }
        drain()
        if isLost && !isClosed {
            shard.connectionLost(id, at: now)
            drain()
        }
        var received: [ControlPacket] = []
        while let packet = try ControlPacket.read(from: &output, version: .v5) { received.append(packet) }
        return (received, isClosed)
    }

    @Test("[MQTT-3.2.0-1] [MQTT-3.1.2-24] A client with no room for CONNACK gets nothing, and is closed")
    func connackTooLarge() throws {
        var shard = Shard(seed: 1, now: Instant(milliseconds: 0))
        let connect = Connect(
            clientIdentifier: "", will: Will(topic: "t", payload: [1], retain: true),
            properties: [.maximumPacketSize(8)])
        let answer = try drive(&shard, [.connect(connect), .pingreq])
        #expect(answer.packets.isEmpty)
        #expect(answer.isClosed)
        #expect(shard.counters.connected == 0 && shard.counters.sessions == 0)
        // It was never accepted: its will is not published.
        #expect(shard.counters.retainedMessages == 0)
    }

    @Test("A will keeps the bound on retained messages: beyond it, it is not retained")
    func retainedWills() throws {
        var configuration = EngineConfiguration()
        configuration.systemTopicInterval = 0
        configuration.limits.retainedMessages = 1
        var shard = Shard(configuration: configuration, seed: 1, now: Instant(milliseconds: 0))
        for topic: MQTTString in ["a", "b", "a"] {
            let will = Will(topic: topic, payload: [1], retain: true)
            _ = try drive(
                &shard, [.connect(Connect(clientIdentifier: "c", will: will))], thenLost: true)
            #expect(shard.counters.retainedMessages == 1)
        }
        let index = try #require(DropReason.allCases.firstIndex(of: .retainedFull))
        #expect(shard.counters.drops[index] == 1)
    }
}

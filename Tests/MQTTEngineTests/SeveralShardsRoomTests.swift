import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

/// Publishers on one shard, a reader that stops on another.
@Suite("Several shards: room")
struct SeveralShardsRoomTests {
    @Test(
        "A reader that stops holds publishers elsewhere, and loses nothing",
        arguments: [QoS.atMostOnce, .atLeastOnce],
        [true, false])
    func stoppedReader(qos: QoS, isMailSlow: Bool) {
        let harness = EngineHarness(durable: false, shards: 2) {
            $0.limits.outgoingBytes = 4_000
            $0.limits.deferredBytes = 2_000
            $0.limits.queueMessages = 100
        }
        harness.nextShard = 0
        let reader = harness.connected("reader")
        reader.acknowledges = true
        reader.subscribe("a", qos: qos)
        harness.nextShard = 1
        let publisher = harness.connected("publisher")
        harness.isMailSlow = isMailSlow
        var sent = 0
        for _ in 0..<20 {
            reader.isWritable = false
            for step in 0..<40 where !publisher.isReadingPaused {
                for _ in 0..<10 {
                    let packet = Publish(
                        topicName: "a",
                        payload: ByteBuffer(string: "\(sent) " + String(repeating: "x", count: 100)),
                        qos: qos, retain: false,
                        packetIdentifier: qos == .atMostOnce ? 0 : UInt16(sent % 1_000 + 1))
                    publisher.send(.publish(packet))
                    sent += 1
                }
                if step % 3 == 0 { harness.takeMail(of: 0) }
                if step % 5 == 0 { harness.takeMail(of: 1) }
            }
            reader.isWritable = true
            for _ in 0..<10 {
                harness.takeMail(of: 1)
                harness.takeMail(of: 0)
            }
        }
        harness.isMailSlow = false
        harness.advance(milliseconds: 1)
        let got = reader.takeMessages().map { Int($0.text.prefix { $0 != " " }) ?? -1 }
        #expect(got == Array(0..<sent))
        #expect(!publisher.isReadingPaused)
    }
}

import MQTTCodec
import MQTTEngine
import Testing

@Suite("Bounds on how fast a client publishes")
struct RateTests {
    @Test(
        "hold: a second's worth at once, the rest at the rate; nothing is lost or reordered",
        arguments: [
            ProtocolVersion.v5, .v3_1_1,
        ])
    func hold(_ version: ProtocolVersion) {
        let harness = EngineHarness { $0.limits.messageRate = 10 }
        let reader = harness.connected("reader")
        reader.subscribe("a")
        let client = harness.connected("fast", version)
        for index in 0..<30 { client.publish("a", "\(index)") }
        #expect(reader.payloads.count == 11)
        harness.advance(milliseconds: 500)
        #expect((15...17).contains(reader.payloads.count))
        harness.advance(seconds: 3)
        #expect(reader.payloads == (0..<30).map { "\($0)" })
        let reports = harness.events.count {
            if case .publishRateExceeded(let client) = $0 { client.identifier == "fast" } else { false }
        }
        #expect(reports == 1)
    }

    @Test("hold: acknowledgements and PINGREQ go on, and so do other clients")
    func onlyPublishing() {
        let harness = EngineHarness { $0.limits.messageRate = 1 }
        let fast = harness.connected("fast")
        fast.subscribe("to/fast", qos: .exactlyOnce)
        for _ in 0..<5 { fast.publish("a") }
        let other = harness.connected("other")
        fast.acknowledges = true
        #expect(other.publishCompletely("to/fast", "x", qos: .exactlyOnce))
        #expect(fast.payloads == ["x"])
        fast.send(.pingreq)
        #expect(fast.received.contains(.pingresp))
        #expect(fast.isOpen)
    }

    @Test("hold: reading stops when too much waits, and goes on")
    func readingStops() {
        let harness = EngineHarness {
            $0.limits.byteRate = 1_000
            $0.limits.deferredBytes = 5_000
        }
        let fast = harness.connected("fast")
        let text = String(repeating: "x", count: 1_000)
        for _ in 0..<12 { fast.publish("a", text) }
        #expect(fast.isReadingPaused)
        harness.advance(seconds: 30)
        #expect(!fast.isReadingPaused)
        #expect(harness.counters.publishesReceived.total == 12)
    }

    @Test("disconnect: 0x96, or the end of the connection for 3.1.1")
    func disconnects() {
        for version in [ProtocolVersion.v5, .v3_1_1] {
            let harness = EngineHarness {
                $0.limits.messageRate = 10
                $0.ratePolicy = .disconnect
            }
            let client = harness.connected("fast", version)
            for _ in 0..<11 { client.publish("a") }
            #expect(client.isOpen)
            client.publish("a")
            #expect(!client.isOpen)
            let isTold = client.received.contains {
                if case .disconnect(let packet) = $0 {
                    packet.reasonCode == .messageRateTooHigh
                } else {
                    false
                }
            }
            #expect(isTold == (version == .v5))
        }
    }

    @Test("A steady client within its rate is never held; one packet above a second's bytes passes")
    func withinTheRate() {
        let harness = EngineHarness {
            $0.limits.messageRate = 10
            $0.limits.byteRate = 100
            $0.ratePolicy = .disconnect
        }
        let client = harness.connected("steady")
        for _ in 0..<100 {
            client.publish("a", "1234")
            harness.advance(milliseconds: 100)
        }
        client.publish("a", String(repeating: "x", count: 1_000))
        #expect(client.isOpen)
        harness.advance(seconds: 60)
        client.publish("a")
        #expect(client.isOpen)
    }
}

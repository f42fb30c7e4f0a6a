import MQTTCodec
import MQTTEngine
import Testing

@Suite("Connections that end while their packets wait")
struct LostWhileWaitingTests {
    @Test("What a publisher sent before it left still arrives, and its DISCONNECT still takes back its will")
    func heldPublisherLeaves() {
        let harness = EngineHarness {
            $0.limits.queueMessages = 3
            $0.limits.inFlight = 1
        }
        let watcher = harness.connected("watcher")
        watcher.subscribe("will")
        let reader = harness.connected("reader")
        reader.subscribe("a", qos: .atLeastOnce)
        let publisher = harness.client("publisher")
        publisher.connect(will: Will(topic: "will"))
        for index in 0..<20 { publisher.publish("a", "\(index)", qos: .atLeastOnce) }
        #expect(harness.events.contains(.publishersHeld(by: "reader")))
        publisher.disconnect()
        publisher.loseConnection()
        #expect(reader.payloads == ["0"])

        reader.acknowledges = true
        reader.puback(reader.messages[0].packetIdentifier)
        #expect(reader.payloads == (0..<20).map(String.init))
        #expect(watcher.messages.isEmpty)
        #expect(harness.counters.connected == 2)
        #expect(harness.counters.sessions == 2)
    }

    @Test("Without DISCONNECT the will comes after what was sent before it")
    func heldPublisherIsLost() {
        let harness = EngineHarness {
            $0.limits.queueMessages = 3
            $0.limits.inFlight = 1
        }
        let reader = harness.connected("reader")
        reader.subscribe("a", qos: .atLeastOnce)
        let publisher = harness.client("publisher")
        publisher.connect(will: Will(topic: "a", payload: Array("will".utf8), qos: .atLeastOnce))
        for index in 0..<10 { publisher.publish("a", "\(index)", qos: .atLeastOnce) }
        publisher.loseConnection()
        reader.acknowledges = true
        reader.puback(reader.messages[0].packetIdentifier)
        #expect(reader.payloads == (0..<10).map(String.init) + ["will"])
    }

    @Test("A client that publishes, says goodbye and closes while its rights are being looked up is heard")
    func authorizedAfterTheEnd() {
        let harness = EngineHarness(authorizes: true)
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let publisher = harness.client("publisher")
        publisher.connect(will: Will(topic: "will"))
        harness.authorizer.decide { _ in .undecided }
        publisher.publish("a", "last words")
        publisher.disconnect()
        publisher.loseConnection()
        #expect(watcher.messages.isEmpty)
        harness.answerAuthorization(true)
        #expect(watcher.payloads == ["last words"])
        #expect(harness.counters.connected == 1)
    }

    @Test("A client that comes back takes the place of its connection that ended")
    func comesBack() {
        let harness = EngineHarness {
            $0.limits.queueMessages = 3
            $0.limits.inFlight = 1
        }
        let reader = harness.connected("reader")
        reader.subscribe("a", qos: .atLeastOnce)
        let publisher = harness.connected("publisher")
        for index in 0..<10 { publisher.publish("a", "\(index)", qos: .atLeastOnce) }
        publisher.loseConnection()
        let again = publisher.again()
        again.connect()
        #expect(again.ping())
        #expect(harness.counters.connected == 2)
        reader.acknowledges = true
        reader.puback(reader.messages[0].packetIdentifier)
        #expect(again.publish("b", qos: .atLeastOnce) != nil)
    }
}

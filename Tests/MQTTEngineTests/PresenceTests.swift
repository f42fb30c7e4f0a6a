import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Presence events")
struct PresenceTests {
    private func watcher(_ harness: EngineHarness) -> TestClient {
        let watcher = harness.connected("watcher")
        watcher.subscribe("$SYS/brokers/+/clients/#")
        watcher.takeAll()
        return watcher
    }

    @Test("Who comes and goes is published, with who, whence and why, and identifiers are one level")
    func comesAndGoes() {
        let harness = EngineHarness { $0.presenceEvents = true }
        let watcher = watcher(harness)
        let client = harness.client("a/+#%\"b")
        client.connect(keepAlive: 60, userName: "anna")
        client.disconnect()
        let messages = watcher.takeMessages()
        let prefix = "$SYS/brokers/martlet/clients/a%2F%2B%23%25\"b/"
        #expect(
            messages.map(\.topicName) == [
                MQTTString(prefix + "connected"), MQTTString(prefix + "disconnected"),
            ])
        let connected = String(buffer: messages[0].payload)
        #expect(connected.hasPrefix("{\"client\":\"a/+#%\\\"b\",\"address\":\"192.0.2.1:"))
        #expect(connected.contains("\"user\":\"anna\"") && connected.contains("\"keepAlive\":60"))
        #expect(connected.contains("\"version\":5") && connected.contains("\"sessionPresent\":false"))
        #expect(String(buffer: messages[1].payload).contains("\"by\":\"client\",\"reason\":\"0x00\""))
        #expect(messages.allSatisfy { $0.qos == .atMostOnce && !$0.retain })
    }

    @Test("A client that is lost, and one that the broker throws out")
    func ends() {
        let harness = EngineHarness { $0.presenceEvents = true }
        let watcher = watcher(harness)
        harness.connected("lost").loseConnection()
        let thrown = harness.connected("thrown")
        harness.disconnect(thrown, .quotaExceeded)
        let ends = watcher.takeMessages().filter { "\($0.topicName)".hasSuffix("/disconnected") }
        #expect(String(buffer: ends[0].payload).contains("\"by\":\"network\""))
        #expect(
            String(buffer: ends[1].payload).contains("\"by\":\"server\",\"reason\":\"0x97\",\"detail\":\""))
    }

    @Test("Nothing of it unless it is switched on, which can be done while the broker runs")
    func off() {
        let harness = EngineHarness()
        let watcher = watcher(harness)
        harness.connected("a").disconnect()
        #expect(watcher.takeMessages().isEmpty)
        var configuration = EngineConfiguration()
        configuration.systemTopicInterval = 0
        configuration.presenceEvents = true
        harness.operate { $0.reconfigure(configuration, at: $1) }
        harness.connected("a").disconnect()
        #expect(watcher.takeMessages().count == 2)
    }

    @Test("A configuration that changes at run time: bounds count at once, what was promised stays")
    func reconfigure() {
        let harness = EngineHarness { $0.offlineQueuePolicy = .dropOldest }
        let alice = harness.client("alice")
        alice.connect(sessionExpiry: 100)
        alice.subscribe("a", qos: .atLeastOnce)
        alice.loseConnection()
        var configuration = EngineConfiguration()
        configuration.offlineQueuePolicy = .dropOldest
        configuration.systemTopicInterval = 0
        configuration.limits.queueMessages = 2
        configuration.limits.packetSize = 100
        configuration.offer.maximumQoS = .atMostOnce
        harness.operate { $0.reconfigure(configuration, at: $1) }
        let bob = harness.connected("bob")
        for _ in 0..<5 { bob.publish("a", String(repeating: "x", count: 200), qos: .atLeastOnce) }
        #expect(bob.isOpen && harness.counters.queuedMessages == 2 && harness.drops(.queueFull) == 3)
    }

    @Test("$SYS begins and ends with its interval")
    func systemTopics() {
        let harness = EngineHarness()
        var configuration = EngineConfiguration()
        configuration.systemTopicInterval = 10
        harness.operate { $0.reconfigure(configuration, at: $1) }
        harness.advance(seconds: 1)
        #expect(harness.counters.retainedMessages > 0)
        configuration.systemTopicInterval = 0
        harness.operate { $0.reconfigure(configuration, at: $1) }
        harness.advance(seconds: 60)
        #expect(harness.nextDeadline == nil)
    }
}

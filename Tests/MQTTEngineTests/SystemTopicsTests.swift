import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("$SYS topics")
struct SystemTopicsTests {
    @Test("The topics that dashboards expect are retained and renewed at the interval")
    func topics() {
        let harness = EngineHarness {
            $0.systemTopicInterval = 10
            $0.version = "martlet 9.9"
        }
        harness.connected("someone").publish("kept", "x", retain: true)
        harness.advance(seconds: 11)
        let client = harness.connected("alice")
        client.subscribe("$SYS/#")
        var values: [String: String] = [:]
        for message in client.takeMessages() {
            #expect(message.retain)
            values[String(describing: message.topicName)] = message.text
        }
        #expect(values["$SYS/broker/version"] == "martlet 9.9")
        for topic in [
            "uptime", "clients/connected", "clients/disconnected", "clients/total", "clients/maximum",
            "clients/expired",
            "messages/received", "messages/sent", "messages/stored", "publish/messages/received",
            "publish/messages/sent",
            "publish/messages/dropped", "bytes/received", "bytes/sent", "store/messages/count",
            "store/messages/bytes",
            "subscriptions/count", "shared_subscriptions/count", "retained messages/count",
            "load/messages/received/1min",
            "load/messages/sent/5min", "load/connections/15min",
        ] {
            #expect(values["$SYS/broker/\(topic)"] != nil, "\(topic)")
        }
        #expect(values["$SYS/broker/clients/connected"] == "1")
        harness.advance(seconds: 11)
        #expect(client.messages.contains { $0.topicName == "$SYS/broker/uptime" && !$0.retain })
    }

    @Test("[MQTT-4.7.2-1] # and + do not see $SYS, nor do shared filters")
    func wildcards() {
        let harness = EngineHarness { $0.systemTopicInterval = 10 }
        let client = harness.connected("alice")
        client.subscribe("#")
        client.subscribe("+/broker/uptime")
        client.subscribe("$share/g/#")
        harness.advance(seconds: 31)
        client.subscribe("#")
        #expect(client.messages.isEmpty)
        client.subscribe("$SYS/+/uptime")
        #expect(client.messages.map(\.topicName) == ["$SYS/broker/uptime"])
    }

    @Test("Clients cannot publish to $SYS", arguments: ProtocolVersion.allCases)
    func notWritable(version: ProtocolVersion) {
        let harness = EngineHarness { $0.systemTopicInterval = 10 }
        let watcher = harness.connected("watcher")
        watcher.subscribe("$SYS/#")
        let client = harness.connected("alice", version)
        let answer = client.publish("$SYS/broker/version", "fake", qos: .atLeastOnce, retain: true)
        if version == .v5 { #expect(answer?.reasonCode == .notAuthorized) }
        #expect(!watcher.payloads.contains("fake"))
        harness.advance(seconds: 11)
        let late = harness.connected("late")
        late.subscribe("$SYS/broker/version")
        #expect(late.payloads == ["martlet"])
    }

    @Test("While nobody is there nothing becomes due, until somebody comes to any shard", arguments: [1, 3])
    func asleep(_ shards: Int) {
        for shard in 0..<shards {
            let harness = EngineHarness(durable: false, shards: shards) { $0.systemTopicInterval = 10 }
            harness.nextShard = shard
            let early = harness.connected("early")
            harness.advance(seconds: 25)
            #expect(harness.nextDeadline != nil)
            early.disconnect()
            harness.advance(seconds: 3_600)
            #expect(harness.nextDeadline == nil, "nothing to wake up for")
            harness.nextShard = shard
            let client = harness.connected("alice")
            harness.advance(seconds: 1)
            client.subscribe("$SYS/broker/uptime")
            #expect(client.payloads == ["3625 seconds"])
            _ = client.takeMessages()
            harness.advance(seconds: 30)
            #expect(client.payloads == ["3635 seconds", "3645 seconds", "3655 seconds"])
        }
    }

    @Test("An interval of 0 publishes nothing")
    func off() {
        let harness = EngineHarness { $0.systemTopicInterval = 0 }
        let client = harness.connected("alice")
        client.subscribe("$SYS/#")
        harness.advance(seconds: 1000)
        #expect(client.messages.isEmpty)
    }
}

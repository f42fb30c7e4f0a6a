import MQTTCodec
import MQTTEngine
import Testing

@Suite("RETAIN, section 3.3.1.3")
struct RetainTests {
    @Test(
        "[MQTT-3.3.1-5] [MQTT-3.3.1-9] The last retained message of a topic is kept and sent to new subscribers",
        arguments: QoS.allCases, ProtocolVersion.allCases)
    func lastOne(qos: QoS, version: ProtocolVersion) {
        let harness = EngineHarness()
        let publisher = harness.connected("publisher", version)
        publisher.publishCompletely("a/b", "1", qos: qos, retain: true)
        publisher.publishCompletely("a/b", "2", qos: qos, retain: true)
        let subscriber = harness.connected("subscriber", version)
        subscriber.subscribe("a/+", qos: .exactlyOnce)
        #expect(subscriber.payloads == ["2"])
        #expect(subscriber.messages.map(\.retain) == [true])
        #expect(subscriber.messages.map(\.qos) == [qos])
        #expect(harness.counters.retainedMessages == 1)
    }

    @Test("[MQTT-3.3.1-5] A retained QoS 0 message replaces one of QoS 1 [MQTT-3.1.1/3.3.1-7]")
    func lowerQoSReplaces() {
        let harness = EngineHarness()
        let publisher = harness.connected("publisher", .v3_1_1)
        publisher.publish("a", "1", qos: .atLeastOnce, retain: true)
        publisher.publish("a", "2", retain: true)
        let subscriber = harness.connected("subscriber", .v3_1_1)
        subscriber.subscribe("a", qos: .exactlyOnce)
        #expect(subscriber.messages.map(\.text) == ["2"])
        #expect(subscriber.messages.map(\.qos) == [.atMostOnce])
    }

    @Test(
        "[MQTT-3.3.1-6] [MQTT-3.3.1-7] An empty retained payload is delivered, removes what was kept and is not kept",
        arguments: ProtocolVersion.allCases)
    func emptyPayload(version: ProtocolVersion) {
        let harness = EngineHarness()
        let live = harness.connected("live", version)
        live.subscribe("a", qos: .atLeastOnce)
        let publisher = harness.connected("publisher", version)
        publisher.publish("a", "1", qos: .atLeastOnce, retain: true)
        publisher.publish("a", "", qos: .atLeastOnce, retain: true)
        #expect(live.payloads == ["1", ""])
        let late = harness.connected("late", version)
        late.subscribe("a")
        #expect(late.messages.isEmpty)
        #expect(harness.counters.retainedMessages == 0)
        #expect(harness.counters.retainedBytes == 0)
    }

    @Test(
        "[MQTT-3.3.1-8] Without RETAIN a message neither is kept nor touches what is",
        arguments: ProtocolVersion.allCases)
    func withoutRetain(version: ProtocolVersion) {
        let harness = EngineHarness()
        let publisher = harness.connected("publisher", version)
        publisher.publish("a", "kept", retain: true)
        publisher.publish("a", "passing")
        publisher.publish("a", "")
        publisher.publish("b", "passing")
        let subscriber = harness.connected("subscriber", version)
        subscriber.subscribe("#")
        #expect(subscriber.payloads == ["kept"])
    }

    @Test("[MQTT-3.3.1-9] Retain Handling 0 sends at every SUBSCRIBE")
    func sendAlways() {
        let harness = EngineHarness()
        harness.connected("publisher").publish("a", "x", retain: true)
        let client = harness.connected("client")
        client.subscribe("a", retainHandling: .sendAlways)
        client.subscribe("a", retainHandling: .sendAlways)
        #expect(client.payloads == ["x", "x"])
    }

    @Test(
        "[MQTT-3.3.1-10] Retain Handling 1 sends only if the subscription is new, restored sessions included")
    func sendIfNew() {
        let harness = EngineHarness()
        harness.connected("publisher").publish("a", "x", retain: true)
        let client = harness.client("client")
        client.resume()
        client.subscribe("a", retainHandling: .sendIfNew)
        #expect(client.takeMessages().map(\.text) == ["x"])
        client.subscribe("a", retainHandling: .sendIfNew)
        #expect(client.payloads == [])
        client.loseConnection()
        let again = client.again()
        again.resume()
        again.subscribe("a", retainHandling: .sendIfNew)
        #expect(again.payloads == [])
        again.unsubscribe("a")
        again.subscribe("a", retainHandling: .sendIfNew)
        #expect(again.payloads == ["x"])
    }

    @Test("[MQTT-3.3.1-11] Retain Handling 2 sends nothing")
    func doNotSend() {
        let harness = EngineHarness()
        harness.connected("publisher").publish("a", "x", retain: true)
        let client = harness.connected("client")
        client.subscribe("a", retainHandling: .doNotSend)
        #expect(client.messages.isEmpty)
    }

    @Test("[MQTT-3.3.1-12] [MQTT-3.1.1/3.3.1-9] Without Retain As Published live messages have RETAIN 0")
    func notAsPublished() {
        let harness = EngineHarness()
        let clients = ProtocolVersion.allCases.map { harness.connected("client \($0)", $0) }
        for client in clients { client.subscribe("a", qos: .atLeastOnce) }
        harness.connected("publisher").publish("a", "x", qos: .atLeastOnce, retain: true)
        for client in clients { #expect(client.messages.map(\.retain) == [false]) }
    }

    @Test(
        "[MQTT-3.3.1-13] With Retain As Published live messages have the publisher's RETAIN",
        arguments: QoS.allCases)
    func asPublished(qos: QoS) {
        let harness = EngineHarness()
        let client = harness.connected("client")
        client.acknowledges = true
        client.subscribe("a", qos: qos, retainAsPublished: true)
        let publisher = harness.connected("publisher")
        publisher.publishCompletely("a", "1", qos: qos, retain: true)
        publisher.publishCompletely("a", "2", qos: qos, retain: false)
        #expect(client.messages.map(\.retain) == [true, false])
    }

    @Test(
        "[MQTT-3.1.1/3.3.1-8] Messages sent because of a new subscription have RETAIN 1, whatever Retain As Published says"
    )
    func retainedFlagOnSubscribe() {
        let harness = EngineHarness()
        harness.connected("publisher").publish("a", "x", retain: true)
        for version in ProtocolVersion.allCases {
            let client = harness.connected("client \(version)", version)
            client.subscribe("a", retainAsPublished: false)
            #expect(client.messages.map(\.retain) == [true])
        }
    }

    @Test("[MQTT-3.3.1-13] A queued message keeps the RETAIN of its publisher until its subscriber is back")
    func asPublishedOffline() {
        let harness = EngineHarness()
        let client = harness.client("client")
        client.resume()
        client.subscribe("a", qos: .atLeastOnce, retainAsPublished: true)
        client.subscribe("b", qos: .atLeastOnce, retainAsPublished: false)
        client.loseConnection()
        let publisher = harness.connected("publisher")
        publisher.publish("a", "1", qos: .atLeastOnce, retain: true)
        publisher.publish("b", "2", qos: .atLeastOnce, retain: true)
        let again = client.again()
        again.resume()
        #expect(again.payloads == ["1", "2"])
        #expect(again.messages.map(\.retain) == [true, false])
    }

    @Test(
        "[MQTT-3.8.4-8] Retained messages go out at the lower of their QoS and the granted one",
        arguments: QoS.allCases, QoS.allCases)
    func minimumQoS(published: QoS, granted: QoS) {
        let harness = EngineHarness()
        harness.connected("publisher").publishCompletely("a", "x", qos: published, retain: true)
        let client = harness.connected("client")
        client.subscribe("a", qos: granted)
        #expect(client.messages.map(\.qos) == [min(published, granted)])
    }

    @Test("[MQTT-3.3.4-3] Retained messages carry the subscription identifier")
    func subscriptionIdentifier() {
        let harness = EngineHarness()
        harness.connected("publisher").publish("a", "x", retain: true)
        let client = harness.connected("client")
        client.subscribe("a", identifier: 268_435_455)
        #expect(client.messages.map(\.properties.subscriptionIdentifiers) == [[268_435_455]])
    }

    @Test("Each filter of a SUBSCRIBE gets its retained messages with its own QoS and identifier")
    func severalFilters() {
        let harness = EngineHarness()
        harness.connected("publisher").publish("a/b", "x", qos: .exactlyOnce, retain: true)
        let client = harness.connected("client")
        client.subscribe(
            [.init("a/+", .init(qos: .atMostOnce)), .init("+/b", .init(qos: .atLeastOnce))],
            properties: [.subscriptionIdentifier(5)])
        #expect(client.messages.map(\.qos) == [.atMostOnce, .atLeastOnce])
        #expect(client.messages.allSatisfy { $0.properties.subscriptionIdentifiers == [5] })
    }

    @Test(
        "Filters find the retained messages that they match, and only those",
        arguments: [
            ("#", ["/", "a", "a/b", "a/b/c"]), ("a", ["a"]), ("a/#", ["a", "a/b", "a/b/c"]), ("a/+", ["a/b"]),
            ("+", ["a"]), ("+/+", ["/", "a/b"]), ("+/b/#", ["a/b", "a/b/c"]), ("a/+/c", ["a/b/c"]),
            ("/+", ["/"]),
            ("$x/#", ["$x/a"]), ("+/a", []), ("$x/+", ["$x/a"]),
        ])
    func matching(filter: String, topics: [String]) {
        let harness = EngineHarness()
        let publisher = harness.connected("publisher")
        for topic in ["a", "a/b", "a/b/c", "/", "$x/a"] {
            publisher.publish(MQTTString(topic), "x", retain: true)
        }
        let client = harness.connected("client")
        client.subscribe(MQTTString(filter))
        #expect(client.messages.map { String(describing: $0.topicName) }.sorted() == topics)
    }

    @Test(
        "[MQTT-3.1.1/3.1.2-7] Retained messages outlive the session of their publisher",
        arguments: ProtocolVersion.allCases)
    func outliveSession(version: ProtocolVersion) {
        let harness = EngineHarness()
        let publisher = harness.connected("publisher", version)
        publisher.publish("a", "x", retain: true)
        publisher.disconnect()
        publisher.again().connect(cleanStart: true)
        let client = harness.connected("client", version)
        client.subscribe("a")
        #expect(client.payloads == ["x"])
    }

    @Test("[MQTT-3.3.4-9] Retained messages keep to the receive maximum, and all of them come")
    func receiveMaximum() {
        let harness = EngineHarness()
        let publisher = harness.connected("publisher")
        for index in 0..<50 { publisher.publish("a/\(index)", "x", qos: .atLeastOnce, retain: true) }
        let client = harness.client("client")
        client.connect(properties: [.receiveMaximum(3)])
        client.subscribe("a/+", qos: .atLeastOnce)
        #expect(client.messages.count == 3)
        client.acknowledges = true
        for message in client.messages { client.puback(message.packetIdentifier) }
        #expect(Set(client.messages.map(\.topicName)).count == 50)
        #expect(client.messages.count == 50)
    }

    @Test("A bound on retained messages refuses one more with 0x97, and lets known topics change")
    func tooMany() {
        let harness = EngineHarness { $0.limits.retainedMessages = 2 }
        let client = harness.connected("client")
        #expect(client.publish("a", "1", qos: .atLeastOnce, retain: true)?.reasonCode.isFailure == false)
        #expect(client.publish("b", "1", qos: .atLeastOnce, retain: true)?.reasonCode.isFailure == false)
        #expect(client.publish("c", "1", qos: .atLeastOnce, retain: true)?.reasonCode == .quotaExceeded)
        #expect(client.publish("a", "2", qos: .atLeastOnce, retain: true)?.reasonCode.isFailure == false)
        #expect(client.publish("b", "", qos: .atLeastOnce, retain: true)?.reasonCode.isFailure == false)
        #expect(client.publish("c", "1", qos: .atLeastOnce, retain: true)?.reasonCode.isFailure == false)
        #expect(harness.counters.retainedMessages == 2)
    }

    @Test("A bound on the bytes of retained messages refuses more with 0x97")
    func tooManyBytes() {
        let harness = EngineHarness { $0.limits.retainedBytes = 2_000 }
        let client = harness.connected("client")
        let payload = String(repeating: "x", count: 900)
        #expect(client.publish("a", payload, qos: .atLeastOnce, retain: true)?.reasonCode.isFailure == false)
        #expect(
            client.publish("b", payload + payload, qos: .atLeastOnce, retain: true)?.reasonCode
                == .quotaExceeded)
        #expect(client.publish("a", payload, qos: .atLeastOnce, retain: true)?.reasonCode.isFailure == false)
        #expect(harness.counters.retainedMessages == 1)
    }

    @Test("Thousands of retained messages come a share at a time, all of them, beside what is live")
    func thousands() {
        let harness = EngineHarness()
        let publisher = harness.connected("publisher")
        for index in 0..<2_000 { publisher.publish("a/\(index)", "kept", retain: true) }
        let client = harness.connected("alice")
        client.subscribe("a/+")
        publisher.publish("a/5", "live")
        harness.advance(seconds: 1)
        #expect(Set(client.messages.filter(\.retain).map(\.topicName)).count == 2_000)
        #expect(client.messages.filter(\.retain).count == 2_000)
        #expect(client.messages.filter { !$0.retain }.map(\.text) == ["live"])
    }

    @Test(
        "Where more are retained than can be found at once, each comes once, with any filter",
        arguments: [
            "#": 6_002, "+/#": 6_002, "a/+": 6_000, "a/#": 6_001, "+/+": 6_001, "b/+": 1, "c/+": 0, "a": 1,
        ])
    func manyRetained(filter: String, count: Int) {
        let harness = EngineHarness()
        let publisher = harness.connected("publisher")
        for topic in ["a", "b/1"] { publisher.publish(MQTTString(topic), "kept", retain: true) }
        for index in 0..<6_000 { publisher.publish(MQTTString("a/\(index)"), "kept", retain: true) }
        let client = harness.connected("alice")
        client.subscribe(MQTTString(filter))
        // What is kept from now on comes live, and not twice.
        publisher.publish("a/5", "live", retain: true)
        publisher.publish("a/new", "live", retain: true)
        harness.advance(seconds: 1)
        let topics = client.messages.filter(\.retain).map(\.topicName)
        #expect(Set(topics).count == topics.count)
        let isReplaced = count >= 6_000
        #expect(topics.count == count || isReplaced && topics.count == count - 1)
        #expect(client.messages.filter { !$0.retain }.count == (isReplaced ? 2 : 0))
    }

    @Test("[MQTT-3.10.4-2] UNSUBSCRIBE stops retained messages that have not been sent yet")
    func unsubscribedMeanwhile() {
        let harness = EngineHarness()
        let publisher = harness.connected("publisher")
        for index in 0..<50 { publisher.publish("a/\(index)", "x", qos: .atLeastOnce, retain: true) }
        let client = harness.client("alice")
        client.connect(properties: [.receiveMaximum(5)])
        client.subscribe("a/+", qos: .atLeastOnce)
        let sent = client.takeMessages()
        #expect(sent.count == 5)
        client.unsubscribe("a/+")
        for message in sent { client.puback(message.packetIdentifier) }
        harness.advance(seconds: 1)
        #expect(client.messages.isEmpty)
        #expect(harness.counters.inFlightMessages == 0)
    }

    @Test("A retained message that is replaced or removed before its turn is not sent as it was")
    func changedMeanwhile() {
        let harness = EngineHarness()
        let publisher = harness.connected("publisher")
        for index in 0..<20 { publisher.publish("a/\(index)", "old", qos: .atLeastOnce, retain: true) }
        let client = harness.client("alice")
        client.connect(properties: [.receiveMaximum(1)])
        client.subscribe("a/+", qos: .atLeastOnce)
        #expect(client.messages.count == 1)
        let first = client.messages[0]
        client.acknowledges = true
        for index in 0..<20 {
            publisher.publish("a/\(index)", index % 2 == 0 ? "new" : "", qos: .atLeastOnce, retain: true)
        }
        client.puback(first.packetIdentifier)
        harness.advance(seconds: 1)
        var last: [MQTTString: String] = [:]
        for message in client.messages { last[message.topicName] = message.text }
        #expect(last.count == 20)
        for (topic, text) in last {
            let index = Int(String(describing: topic).dropFirst(2)) ?? 0
            #expect(text == (index % 2 == 0 ? "new" : ""), "\(topic) ends with \(text)")
        }
    }
}

import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("PUBLISH, section 3.3")
struct PublishTests {
    @Test(
        "[MQTT-3.3.4-1] [MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT-2.2.1-5] A PUBLISH is answered as its QoS demands, with its own identifier",
        arguments: ProtocolVersion.allCases)
    func answers(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.publish("a", qos: .atMostOnce)
        #expect(client.received.isEmpty)
        client.send(.publish(Publish(topicName: "a", qos: .atLeastOnce, packetIdentifier: 65_535)))
        client.send(.publish(Publish(topicName: "a", qos: .exactlyOnce, packetIdentifier: 300)))
        let types = client.takeAll().compactMap { packet -> String? in
            guard case .acknowledgement(let answer) = packet, !answer.reasonCode.isFailure else { return nil }
            return "\(answer.type) \(answer.packetIdentifier)"
        }
        #expect(types == ["puback 65535", "pubrec 300"])
    }

    @Test(
        "[MQTT-3.4.2-1] [MQTT-3.5.2-1] 0x10 tells a 5.0 publisher that nobody is there, and never comes otherwise"
    )
    func noMatchingSubscribers() {
        let harness = EngineHarness()
        let publisher = harness.connected("publisher")
        let lonely = publisher.publish("a", qos: .atLeastOnce)
        #expect(lonely?.reasonCode == .noMatchingSubscribers || lonely?.reasonCode == .success)
        let subscriber = harness.connected("subscriber")
        subscriber.subscribe("a")
        #expect(publisher.publish("a", qos: .atLeastOnce)?.reasonCode == .success)
        #expect(publisher.publish("a", qos: .exactlyOnce)?.reasonCode == .success)
    }

    @Test(
        "[MQTT-3.3.1-4] [MQTT-3.3.1-2] QoS 3, and DUP at QoS 0, are malformed",
        arguments: [0x36, 0x37, 0x38] as [UInt8],
        ProtocolVersion.allCases)
    func flags(firstByte: UInt8, version: ProtocolVersion) {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let client = harness.connected("alice", version)
        let identifier: [UInt8] = firstByte & 0x06 != 0 ? [0, 1] : []
        client.send(
            bytes: Raw.packet(firstByte, Raw.string("a"), identifier, version == .v5 ? [0] : []))
        expectDisconnected(client, .malformedPacket)
        #expect(watcher.messages.isEmpty)
    }

    @Test("[MQTT-2.2.1-3] A packet identifier of 0 is an error", arguments: ProtocolVersion.allCases)
    func zeroIdentifier(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.send(bytes: Raw.packet(0x32, Raw.string("a"), [0, 0], version == .v5 ? [0] : []))
        expectDisconnected(client, .protocolError)
    }

    @Test("[MQTT-2.2.1-2] A PUBLISH at QoS 0 has no packet identifier: what follows the topic is not one")
    func noIdentifierAtQoS0() {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher", .v3_1_1)
        watcher.subscribe("a", qos: .exactlyOnce)
        let client = harness.connected("alice", .v3_1_1)
        client.send(bytes: Raw.packet(0x30, Raw.string("a"), [0, 1, 2]))
        #expect(watcher.messages == [Publish(topicName: "a", payload: ByteBuffer(bytes: [0, 1, 2]))])
    }

    @Test(
        "[MQTT-3.3.2-1] [MQTT-3.3.2-2] [MQTT-4.7.0-1] [MQTT-4.7.3-1] [MQTT-4.7.3-2] A topic that is empty, no string or has wildcards is refused",
        arguments: ProtocolVersion.allCases)
    func badTopics(version: ProtocolVersion) {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let topics: [[UInt8]] = ["", "#", "a/+/b", "a+", "a#"].map { Array($0.utf8) } + Raw.badStrings
        for topic in topics {
            let client = harness.connected("alice", version)
            client.send(bytes: Raw.packet(0x30, Raw.string(topic), version == .v5 ? [0] : []))
            #expect(client.isClosed)
            let isLegal = [ReasonCode.topicNameInvalid, .malformedPacket, .protocolError].map(Optional.some)
                .contains(client.disconnectReason)
            #expect(version == .v5 ? isLegal : client.received.isEmpty)
        }
        #expect(watcher.messages.isEmpty)
    }

    @Test("A topic with wildcards at QoS 1 ends the connection and is never acknowledged as done")
    func badTopicAcknowledged() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.send(bytes: Raw.packet(0x32, Raw.string("a/#"), [0, 1], [0]))
        #expect(client.isClosed || client.takeAcknowledgement(.puback)?.reasonCode == .topicNameInvalid)
    }

    @Test(
        "[MQTT-4.7.3-3] Topics may have 65,535 bytes, counted as bytes", arguments: ProtocolVersion.allCases)
    func longTopic(version: ProtocolVersion) {
        let harness = EngineHarness()
        let topic = MQTTString(String(repeating: "\u{E9}", count: 32_767) + "x")
        #expect(topic.count == 65_535)
        let watcher = harness.connected("watcher", version)
        watcher.subscribe(topic)
        let client = harness.connected("alice", version)
        client.publish(topic, "x")
        #expect(watcher.messages.map(\.topicName) == [topic])
    }

    @Test("Bounds on length and levels of topics are kept, 0x90")
    func topicBounds() {
        let harness = EngineHarness {
            $0.limits.topicLength = 10
            $0.limits.topicLevels = 3
        }
        for topic: MQTTString in ["12345678901", "a/b/c/d"] {
            let client = harness.connected("alice")
            let puback = client.publish(topic, qos: .atLeastOnce)
            #expect(puback?.reasonCode == .topicNameInvalid || client.disconnectReason == .topicNameInvalid)
        }
        let client = harness.connected("alice")
        #expect(client.publish("1234567890", qos: .atLeastOnce)?.reasonCode.isFailure == false)
        #expect(client.publish("a/b/c", qos: .atLeastOnce)?.reasonCode.isFailure == false)
    }

    @Test("[MQTT-3.3.2-3] What a subscriber gets has the publisher's topic, which matches its filter")
    func topicMatches() {
        let harness = EngineHarness()
        let subscriber = harness.connected("subscriber")
        subscriber.subscribe("sport/+/player1")
        let publisher = harness.connected("publisher")
        for topic: MQTTString in [
            "sport/tennis/player1", "sport/tennis/player2", "sport/player1", "sport//player1",
        ] {
            publisher.publish(topic)
        }
        #expect(subscriber.messages.map(\.topicName) == ["sport/tennis/player1", "sport//player1"])
    }

    @Test(
        "[MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20] Properties go out unaltered, user properties in order",
        arguments: QoS.allCases)
    func properties(qos: QoS) {
        let harness = EngineHarness()
        let live = harness.connected("live")
        live.subscribe("a", qos: qos)
        let properties: Properties = [
            .userProperty("z", "1"), .payloadFormatIndicator(1), .userProperty("a", "2"),
            .responseTopic("answer/here"), .correlationData([0, 255, 7]), .contentType("text/plain"),
            .userProperty("z", "1"), .userProperty("", ""),
        ]
        harness.connected("publisher").publishCompletely(
            "a", "x", qos: qos, retain: true, properties: properties)
        let late = harness.connected("late")
        late.subscribe("a", qos: qos)
        for client in [live, late] {
            let received = client.takeMessage()?.properties
            #expect(received?.payloadFormatIndicator == 1)
            #expect(received?.responseTopic == "answer/here")
            #expect(received?.correlationData == [0, 255, 7])
            #expect(received?.contentType == "text/plain")
            #expect(received?.userProperties.map(\.name) == ["z", "a", "z", ""])
            #expect(received?.userProperties.map(\.value) == ["1", "2", "1", ""])
            #expect(received?.list.count == properties.list.count)
        }
    }

    @Test("Properties do not reach 3.x subscribers, and messages of 3.x publishers have none")
    func acrossVersions() {
        let harness = EngineHarness()
        let old = harness.connected("old", .v3_1_1)
        old.subscribe("#", qos: .atLeastOnce)
        let new = harness.connected("new")
        new.subscribe("#", qos: .atLeastOnce)
        new.publish("a", "from 5", properties: [.contentType("text"), .userProperty("a", "b")])
        old.publish("a", "from 3")
        #expect(old.payloads == ["from 5", "from 3"])
        #expect(new.payloads == ["from 5", "from 3"])
        #expect(new.messages.last?.properties == [])
    }

    @Test(
        "[MQTT-3.3.2-13] [MQTT-3.3.2-14] [MQTT-3.3.2-19] [MQTT-1.5.7-1] Strings in properties must be strings, the response topic a topic name"
    )
    func badPropertyStrings() {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        var lists: [[UInt8]] = []
        for bad in Raw.badStrings {
            lists += [
                [8] + Raw.string(bad), [3] + Raw.string(bad), [38] + Raw.string(bad) + Raw.string("v"),
                [38] + Raw.string("k") + Raw.string(bad),
            ]
        }
        lists += [[8] + Raw.string("a/#"), [8] + Raw.string("+"), [8] + Raw.string("")]
        for list in lists {
            let client = harness.connected("alice")
            client.send(bytes: Raw.packet(0x30, Raw.string("a"), [UInt8(list.count)], list))
            #expect(client.isClosed)
            #expect(client.disconnectReason?.isFailure == true)
        }
        #expect(watcher.messages.isEmpty)
    }

    @Test("[MQTT-3.3.4-6] A subscription identifier from a client is a protocol error")
    func subscriptionIdentifierFromClient() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.publish("a", properties: [.subscriptionIdentifier(1)])
        expectDisconnected(client, .protocolError)
    }

    @Test(
        "[MQTT-3.3.1-3] DUP of the publisher does not reach subscribers",
        arguments: [QoS.atLeastOnce, .exactlyOnce])
    func dupIsNotForwarded(qos: QoS) {
        let harness = EngineHarness()
        let subscriber = harness.connected("subscriber")
        subscriber.subscribe("a", qos: qos)
        harness.connected("publisher").publishCompletely("a", "x", qos: qos, dup: true)
        #expect(subscriber.messages.map(\.dup) == [false])
        #expect(subscriber.payloads == ["x"])
    }

    @Test(
        "[MQTT-1.5.4-3] [MQTT-4.7.3-4] Topics are compared as bytes: no normalisation, and a byte order mark stays",
        arguments: ProtocolVersion.allCases)
    func noNormalisation(version: ProtocolVersion) {
        let harness = EngineHarness()
        let composed = harness.connected("composed", version)
        composed.subscribe("caf\u{E9}")
        let decomposed = harness.connected("decomposed", version)
        decomposed.subscribe("cafe\u{301}")
        let marked = harness.connected("marked", version)
        marked.subscribe("\u{FEFF}a")
        let publisher = harness.connected("publisher", version)
        publisher.publish("caf\u{E9}", "1")
        publisher.publish("cafe\u{301}", "2")
        publisher.publish("\u{FEFF}a", "3")
        publisher.publish("a", "4")
        publisher.publish("Caf\u{E9}", "5")
        #expect(composed.payloads == ["1"])
        #expect(decomposed.payloads == ["2"])
        #expect(marked.payloads == ["3"])
        #expect(marked.messages.first?.topicName.bytes == [0xEF, 0xBB, 0xBF, 0x61])
    }

    @Test(
        "A publish without the right to is refused with 0x87 and reaches nobody",
        arguments: [QoS.atLeastOnce, .exactlyOnce])
    func notAuthorized(qos: QoS) {
        let harness = EngineHarness(authorizes: true)
        harness.authorizer.decide {
            if case .publish("secret", _, _) = $0.operation { .deny } else { .allow }
        }
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let client = harness.connected("alice")
        let answer = client.publish("secret", "x", qos: qos, retain: true)
        #expect(answer?.reasonCode == .notAuthorized)
        #expect(answer?.type == (qos == .atLeastOnce ? .puback : .pubrec))
        #expect(client.isOpen)
        #expect(watcher.messages.isEmpty)
        #expect(harness.counters.retainedMessages == 0)
        #expect(harness.drops(.notAuthorized) == 1)
        #expect(client.publishCompletely("open", "y", qos: qos))
        #expect(watcher.payloads == ["y"])
    }

    @Test("An undecided right to publish makes that client wait, in order, and nobody else")
    func undecided() {
        let harness = EngineHarness(authorizes: true)
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let alice = harness.connected("alice")
        let bob = harness.connected("bob")
        harness.authorizer.decide { $0.clientIdentifier == "alice" ? .undecided : .allow }
        alice.send(
            .publish(
                Publish(
                    topicName: "a", payload: ByteBuffer(string: "1"), qos: .atLeastOnce, packetIdentifier: 1)),
            .publish(
                Publish(
                    topicName: "a", payload: ByteBuffer(string: "2"), qos: .atLeastOnce, packetIdentifier: 2)),
            .pingreq)
        bob.publish("a", "b")
        // A PINGRESP need not wait: only what follows from the question does.
        #expect(alice.takeAll().allSatisfy { $0 == .pingresp })
        #expect(watcher.payloads == ["b"])
        harness.answerAuthorization(true)
        while !harness.authorizations.isEmpty { harness.answerAuthorization(true) }
        #expect(watcher.payloads == ["b", "1", "2"])
        #expect(alice.takeAcknowledgement(.puback)?.packetIdentifier == 1)
        #expect(alice.takeAcknowledgement(.puback)?.packetIdentifier == 2)
        #expect(alice.isOpen)
    }

    @Test(
        "What a client sent before it left counts once the question about it is answered",
        arguments: [true, false])
    func undecidedAndGone(isAllowed: Bool) {
        let harness = EngineHarness(authorizes: true)
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let alice = harness.client("alice")
        alice.connect(will: Will(topic: "will"))
        harness.authorizer.decide { _ in .undecided }
        alice.send(.publish(Publish(topicName: "a")), .disconnect(Disconnect()))
        alice.loseConnection()
        #expect(watcher.messages.isEmpty)
        harness.answerAuthorization(isAllowed)
        #expect(watcher.messages.map(\.topicName) == (isAllowed ? ["a"] : []), "and the will is discarded")
        #expect(harness.counters.connected == 1)
        #expect(watcher.ping())
    }
}

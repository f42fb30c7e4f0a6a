import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("SUBSCRIBE and SUBACK, sections 3.8 and 3.9")
struct SubscribeTests {
    @Test(
        "[MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-2.2.1-6] [MQTT-3.8.4-7] SUBACK has the identifier of its SUBSCRIBE and grants the QoS",
        arguments: ProtocolVersion.allCases, QoS.allCases)
    func suback(version: ProtocolVersion, qos: QoS) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.send(.subscribe(Subscribe(packetIdentifier: 51_966, [.init("a", .init(qos: qos))])))
        #expect(
            client.received == [
                .subscriptionAcknowledgement(
                    .init(.suback, packetIdentifier: 51_966, [ReasonCode(rawValue: qos.rawValue)]))
            ])
    }

    @Test(
        "[MQTT-3.8.4-5] [MQTT-3.8.4-6] [MQTT-3.9.3-1] [MQTT-3.9.3-2] Several filters are as several SUBSCRIBEs, with one answer in their order"
    )
    func severalFilters() {
        let harness = EngineHarness(authorizes: true)
        harness.authorizer.decide {
            if case .subscribe(let filter, _) = $0.operation, filter.string == "secret/#" {
                .deny
            } else {
                .allow
            }
        }
        let client = harness.connected("alice")
        let suback = client.subscribe([
            .init("a", .init(qos: .exactlyOnce)), .init("bad#", .init()), .init("b", .init(qos: .atMostOnce)),
            .init("secret/#", .init(qos: .atLeastOnce)), .init("c/+", .init(qos: .atLeastOnce)),
            .init("a", .init(qos: .atLeastOnce)),
        ])
        #expect(
            suback?.reasonCodes == [
                .grantedQoS2, .topicFilterInvalid, .grantedQoS0, .notAuthorized, .grantedQoS1, .grantedQoS1,
            ])
        let publisher = harness.connected("bob")
        for topic: MQTTString in ["a", "b", "c/d", "secret/x"] { publisher.publish(topic, qos: .atLeastOnce) }
        #expect(client.messages.map(\.topicName) == ["a", "b", "c/d"])
        #expect(client.messages.map(\.qos) == [.atLeastOnce, .atMostOnce, .atLeastOnce])
        #expect(harness.counters.subscriptions >= 3)
    }

    @Test("[MQTT-3.1.1/3.9.3-2] 3.1.1 knows one code of failure, 0x80")
    func failureOf311() {
        let harness = EngineHarness(authorizes: true)
        harness.authorizer.decide {
            if case .subscribe(let filter, _) = $0.operation, filter.string == "secret" {
                .deny
            } else {
                .allow
            }
        }
        let client = harness.connected("alice", .v3_1_1)
        let suback = client.subscribe([.init("secret"), .init("a", .init(qos: .exactlyOnce))])
        #expect(suback?.reasonCodes == [.unspecifiedError, .grantedQoS2])
    }

    @Test(
        "[MQTT-3.8.1-1] [MQTT-2.1.3-1] Reserved flags of SUBSCRIBE other than 0010 are malformed",
        arguments: [0x80, 0x81, 0x83, 0x86] as [UInt8])
    func reservedFlags(firstByte: UInt8) {
        for version in [ProtocolVersion.v3_1_1, .v5] {
            let harness = EngineHarness()
            let client = harness.connected("alice", version)
            client.send(
                bytes: Raw.packet(firstByte, [0, 1], version == .v5 ? [0] : [], Raw.string("a"), [0]))
            expectDisconnected(client, .malformedPacket)
            #expect(harness.counters.subscriptions == 0)
        }
    }

    @Test(
        "[MQTT-3.8.3-1] A filter that is no string is malformed, others of the packet are not made",
        arguments: ProtocolVersion.allCases)
    func noString(version: ProtocolVersion) {
        for bad in Raw.badStrings {
            let harness = EngineHarness()
            let client = harness.connected("alice", version)
            client.send(
                bytes: Raw.packet(
                    0x82, [0, 1], version == .v5 ? [0] : [], Raw.string("a"), [0], Raw.string(bad), [0]))
            expectDisconnected(client, .malformedPacket)
        }
    }

    @Test(
        "[MQTT-3.8.3-2] A SUBSCRIBE without any filter is a protocol error",
        arguments: ProtocolVersion.allCases)
    func noFilter(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.send(bytes: Raw.packet(0x82, [0, 1], version == .v5 ? [0] : []))
        expectDisconnected(client, .protocolError)
    }

    @Test(
        "[MQTT-3.8.3-5] Reserved bits in the options are malformed", arguments: [0x40, 0x80, 0xC1] as [UInt8])
    func reservedOptions(options: UInt8) {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.send(bytes: Raw.packet(0x82, [0, 1], [0], Raw.string("a"), [options]))
        expectDisconnected(client, .malformedPacket)
    }

    @Test("QoS 3 and Retain Handling 3 end the connection", arguments: [0x03, 0x30] as [UInt8])
    func badOptions(options: UInt8) {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.send(bytes: Raw.packet(0x82, [0, 1], [0], Raw.string("a"), [options]))
        #expect(client.isClosed)
        #expect([.protocolError, .malformedPacket].contains(client.disconnectReason))
    }

    @Test(
        "[MQTT-3.1.1/3.8.3-4] Before 5.0 all but the QoS is reserved",
        arguments: [0x03, 0x04, 0x08, 0x10, 0x80] as [UInt8])
    func reservedOptionsBefore5(options: UInt8) {
        for version in [ProtocolVersion.v3_1, .v3_1_1] {
            let harness = EngineHarness()
            let client = harness.connected("alice", version)
            client.send(bytes: Raw.packet(0x82, [0, 1], Raw.string("a"), [options]))
            expectDisconnected(client, .malformedPacket)
        }
    }

    @Test(
        "[MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1] [MQTT-4.8.2-1] [MQTT-4.8.2-2] Filters that break the rules are refused with 0x8F",
        arguments: [
            "", "a#", "#/a", "a/#/b", "a+", "+a", "a/b+/c", "##", "a/++", "$share/", "$share/g", "$share/g/",
            "$share//a", "$share/g+/a", "$share/g#/a", "$share/g/a#",
        ])
    func badFilters(filter: String) {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        let reason = client.subscribe(MQTTString(filter))
        #expect(reason == .topicFilterInvalid || client.disconnectReason == .topicFilterInvalid)
        let old = harness.connected("old", .v3_1_1)
        #expect(old.subscribe(MQTTString(filter))?.isFailure ?? old.isClosed)
        #expect(harness.counters.subscriptions == 0)
        #expect(harness.counters.sharedSubscriptions == 0)
    }

    @Test("[MQTT-4.7.3-3] Bounds on length and levels of filters are kept, 0x8F")
    func filterBounds() {
        let harness = EngineHarness {
            $0.limits.topicLength = 10
            $0.limits.topicLevels = 3
        }
        let client = harness.connected("alice")
        #expect(client.subscribe("12345678901") == .topicFilterInvalid)
        #expect(client.subscribe("a/b/c/#") == .topicFilterInvalid)
        #expect(client.subscribe("1234567890") == .success)
        #expect(client.subscribe("a/+/#") == .success)
    }

    @Test(
        "[MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.2-1] Wildcards match whole levels, and never a leading $",
        arguments: [
            ("#", ["/", "/finance", "a", "sport", "sport/", "sport/tennis", "sport/tennis/player1"]),
            ("sport/#", ["sport", "sport/", "sport/tennis", "sport/tennis/player1"]),
            ("sport/+", ["sport/", "sport/tennis"]), ("+", ["a", "sport"]),
            ("+/+", ["/", "/finance", "sport/", "sport/tennis"]), ("/+", ["/", "/finance"]),
            ("+/tennis/#", ["sport/tennis", "sport/tennis/player1"]), ("sport", ["sport"]), ("/", ["/"]),
            ("sport/", ["sport/"]), ("$x/#", ["$x", "$x/a"]), ("$x/+", ["$x/a"]), ("+/a", []), ("$x", ["$x"]),
        ])
    func matching(filter: String, expected: [String]) {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        #expect(client.subscribe(MQTTString(filter)) == .success)
        let publisher = harness.connected("bob")
        for topic in [
            "/", "/finance", "a", "sport", "sport/", "sport/tennis", "sport/tennis/player1", "$x", "$x/a",
        ] { publisher.publish(MQTTString(topic)) }
        #expect(client.messages.map { String(describing: $0.topicName) } == expected)
    }

    @Test("[MQTT-4.7.2-1] Messages kept for a client that is away respect the leading $ as well")
    func dollarOffline() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.resume()
        client.subscribe("#", qos: .atLeastOnce)
        client.subscribe("+/x", qos: .atLeastOnce)
        client.loseConnection()
        harness.connected("bob").publish("$other/x", qos: .atLeastOnce)
        let again = client.again()
        again.resume()
        #expect(again.messages.isEmpty)
    }

    @Test("[MQTT-3.8.3-3] No Local holds back what the same client identifier published, on any connection")
    func noLocal() {
        let harness = EngineHarness()
        let first = harness.client("alice")
        first.resume()
        first.subscribe("a", qos: .atLeastOnce, noLocal: true)
        first.publish("a", "own", qos: .atLeastOnce)
        first.loseConnection()
        let bob = harness.connected("bob")
        bob.publish("a", "other", qos: .atLeastOnce)
        let second = first.again()
        second.resume()
        second.publish("a", "own again", qos: .atLeastOnce)
        #expect(second.payloads == ["other"])
        second.subscribe("a", qos: .atLeastOnce, noLocal: false)
        second.publish("a", "own at last", qos: .atLeastOnce)
        #expect(second.payloads == ["other", "own at last"])
    }

    @Test("[MQTT-3.8.3-4] No Local on a shared subscription is a protocol error")
    func noLocalShared() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("$share/g/a", noLocal: true)
        expectDisconnected(client, .protocolError)
        #expect(harness.counters.sharedSubscriptions == 0)
    }

    @Test(
        "[MQTT-3.8.4-3] The same filter again replaces the subscription", arguments: ProtocolVersion.allCases)
    func replace(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.subscribe("a", qos: .atMostOnce)
        client.subscribe("a", qos: .atLeastOnce)
        harness.connected("bob").publish("a", "x", qos: .exactlyOnce)
        #expect(client.messages.map(\.qos) == [.atLeastOnce])
        #expect(harness.counters.subscriptions == 1)
    }

    @Test("[MQTT-3.8.4-3] Replacing changes the subscription identifier and the options too")
    func replaceIdentifier() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        let publisher = harness.connected("bob")
        client.subscribe("a", retainAsPublished: true, identifier: 1)
        client.subscribe("a", retainAsPublished: false, identifier: 2)
        publisher.publish("a", retain: true)
        client.subscribe("a")
        client.takeMessage().map { #expect($0.properties.subscriptionIdentifiers == [2] && !$0.retain) }
        client.takeMessages()
        publisher.publish("a")
        #expect(client.messages.map(\.properties.subscriptionIdentifiers) == [[]])
    }

    @Test(
        "[MQTT-3.8.4-4] [MQTT-3.1.1/3.8.4-3] Replacing loses nothing and sends retained messages again",
        arguments: ProtocolVersion.allCases)
    func replaceLosesNothing(version: ProtocolVersion) {
        let harness = EngineHarness { $0.limits.inFlight = 1 }
        let client = harness.connected("alice", version)
        client.subscribe("a", qos: .atLeastOnce)
        let publisher = harness.connected("bob")
        publisher.publish("a", "kept", qos: .atLeastOnce, retain: true)
        publisher.publish("a", "queued", qos: .atLeastOnce)
        client.acknowledges = true
        client.subscribe("a", qos: .exactlyOnce)
        for message in client.messages where message.text == "kept" && !message.retain {
            client.puback(message.packetIdentifier)
        }
        #expect(client.payloads == ["kept", "queued", "kept"])
        #expect(client.messages.map(\.retain) == [false, false, true])
    }

    @Test(
        "[MQTT-3.8.4-8] [MQTT-3.1.1/3.8.4-6] Messages come at the lower of the published and the granted QoS",
        arguments: QoS.allCases, QoS.allCases)
    func minimumQoS(published: QoS, granted: QoS) {
        for version in ProtocolVersion.allCases {
            let harness = EngineHarness()
            let client = harness.connected("alice", version)
            client.subscribe("a", qos: granted)
            harness.connected("bob", version).publishCompletely("a", "x", qos: published)
            #expect(client.messages.map(\.qos) == [min(published, granted)])
        }
    }

    @Test("Subscription Identifier 0, or two of them, is a protocol error")
    func badIdentifier() {
        let harness = EngineHarness()
        for properties: [UInt8] in [[11, 0], [11, 1, 11, 2]] {
            let client = harness.connected("alice")
            client.send(
                bytes: Raw.packet(
                    0x82, [0, 1], [UInt8(properties.count)], properties, Raw.string("a"), [0]))
            expectDisconnected(client, .protocolError)
        }
    }

    @Test("What the server does not offer is refused: 0x9E, 0xA1, 0xA2")
    func notOffered() {
        let harness = EngineHarness {
            $0.offer.wildcardSubscriptionAvailable = false
            $0.offer.subscriptionIdentifierAvailable = false
            $0.offer.sharedSubscriptionAvailable = false
        }
        func outcome(_ subscribe: (TestClient) -> ReasonCode?) -> ReasonCode? {
            let client = harness.connected("alice")
            return subscribe(client) ?? client.disconnectReason
        }
        #expect(outcome { $0.subscribe("a/#") } == .wildcardSubscriptionsNotSupported)
        #expect(outcome { $0.subscribe("+") } == .wildcardSubscriptionsNotSupported)
        #expect(outcome { $0.subscribe("$share/g/a") } == .sharedSubscriptionsNotSupported)
        #expect(outcome { $0.subscribe("a", identifier: 1) } == .subscriptionIdentifiersNotSupported)
        #expect(outcome { $0.subscribe("a") } == .success)
    }

    @Test("A bound on the subscriptions of a session is kept, 0x97; known filters may change")
    func tooMany() {
        let harness = EngineHarness { $0.limits.subscriptionsPerSession = 2 }
        let client = harness.connected("alice")
        #expect(client.subscribe("a") == .success)
        #expect(client.subscribe("b") == .success)
        #expect(client.subscribe("c") == .quotaExceeded)
        #expect(client.subscribe("a", qos: .atLeastOnce) == .grantedQoS1)
        client.unsubscribe("b")
        #expect(client.subscribe("c") == .success)
    }

    @Test("An undecided right to subscribe makes that client wait, and its answers stay in order")
    func undecided() {
        let harness = EngineHarness(authorizes: true)
        harness.authorizer.decide { _ in .undecided }
        let client = harness.connected("alice")
        client.send(
            .subscribe(Subscribe(packetIdentifier: 1, [.init("a"), .init("b"), .init("c")])),
            .unsubscribe(Unsubscribe(packetIdentifier: 2, ["a"])))
        #expect(client.received.isEmpty)
        harness.answerAuthorization(true)
        harness.answerAuthorization(false)
        #expect(client.received.isEmpty)
        harness.answerAuthorization(true)
        #expect(
            client.received == [
                .subscriptionAcknowledgement(
                    .init(.suback, packetIdentifier: 1, [.success, .notAuthorized, .success])),
                .subscriptionAcknowledgement(.init(.unsuback, packetIdentifier: 2, [.success])),
            ])
        #expect(harness.counters.subscriptions == 1)
    }

    @Test("[MQTT-3.9.2-1] [MQTT-3.9.2-2] SUBACK stays within the client's Maximum Packet Size")
    func packetSize() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(properties: [.maximumPacketSize(20)])
        let suback = client.subscribe([.init("bad#"), .init("a"), .init("$share/x")])
        #expect(suback?.reasonCodes == [.topicFilterInvalid, .success, .topicFilterInvalid])
    }
}

import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("QoS 2, section 4.3.3")
struct QoS2DeliveryTests {
    @Test(
        "[MQTT-4.3.3-1] [MQTT-4.3.3-2] [MQTT-4.3.3-4] [MQTT-3.6.2-1] The whole exchange towards a subscriber",
        arguments: ProtocolVersion.allCases)
    func outgoing(version: ProtocolVersion) throws {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.subscribe("a", qos: .exactlyOnce)
        harness.connected("bob", version).publishCompletely("a", "x", qos: .exactlyOnce)
        let message = try #require(client.takeMessage())
        #expect(message.qos == .exactlyOnce && !message.dup && message.packetIdentifier > 0)
        let pubrel = client.pubrec(message.packetIdentifier)
        #expect(pubrel == Acknowledgement(.pubrel, packetIdentifier: message.packetIdentifier))
        #expect(harness.counters.inFlightMessages == 1)
        client.pubcomp(message.packetIdentifier)
        #expect(harness.counters.inFlightMessages == 0)
        #expect(harness.counters.storedMessages == 0)
        #expect(client.received.isEmpty)
    }

    @Test(
        "[MQTT-4.3.3-8] [MQTT-4.3.3-11] [MQTT-3.7.2-1] [MQTT-2.2.1-5] The whole exchange from a publisher",
        arguments: ProtocolVersion.allCases)
    func incoming(version: ProtocolVersion) {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher", version)
        watcher.subscribe("a")
        let client = harness.connected("alice", version)
        let pubrec = client.publish("a", "x", qos: .exactlyOnce, packetIdentifier: 77)
        #expect(pubrec == Acknowledgement(.pubrec, packetIdentifier: 77))
        #expect(client.pubrel(77) == Acknowledgement(.pubcomp, packetIdentifier: 77))
        #expect(watcher.payloads == ["x"])
    }

    @Test(
        "[MQTT-4.3.3-3] Until PUBREC the PUBLISH is unacknowledged and sent again at resumption",
        arguments: ProtocolVersion.allCases)
    func beforePubrec(version: ProtocolVersion) {
        let (harness, client, message) = delivered(version)
        client.loseConnection()
        let again = client.again()
        again.resume()
        #expect(again.messages.map(\.packetIdentifier) == [message.packetIdentifier])
        #expect(again.messages.map(\.dup) == [true])
        #expect(harness.counters.inFlightMessages == 1)
    }

    @Test(
        "[MQTT-4.3.3-5] [MQTT-4.3.3-6] After PUBREC only the PUBREL is sent again, until PUBCOMP",
        arguments: ProtocolVersion.allCases)
    func afterPubrec(version: ProtocolVersion) {
        let (harness, client, message) = delivered(version)
        client.pubrec(message.packetIdentifier)
        client.loseConnection()
        for _ in 0..<2 {
            let again = client.again()
            again.resume()
            #expect(
                again.received == [
                    .acknowledgement(Acknowledgement(.pubrel, packetIdentifier: message.packetIdentifier))
                ])
            again.loseConnection()
        }
        let last = client.again()
        last.resume()
        last.pubcomp(message.packetIdentifier)
        #expect(harness.counters.inFlightMessages == 0)
        last.loseConnection()
        let done = client.again()
        done.resume()
        #expect(done.received.isEmpty)
    }

    @Test("[MQTT-4.3.3-4] Every PUBREC is answered with PUBREL, a repeated one too")
    func repeatedPubrec() {
        let (_, client, message) = delivered(.v5)
        #expect(client.pubrec(message.packetIdentifier)?.reasonCode == .success)
        #expect(client.pubrec(message.packetIdentifier)?.reasonCode == .success)
    }

    @Test(
        "[MQTT-4.3.3-10] A QoS 2 PUBLISH that is repeated, any number of times, is acknowledged and not delivered again",
        arguments: ProtocolVersion.allCases)
    func duplicates(version: ProtocolVersion) {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher", version)
        watcher.subscribe("a", qos: .atMostOnce)
        let client = harness.connected("alice", version)
        for round in 0..<4 {
            let pubrec = client.publish("a", "x", qos: .exactlyOnce, dup: round > 0, packetIdentifier: 9)
            #expect(pubrec?.reasonCode.isFailure == false)
        }
        #expect(client.pubrel(9)?.reasonCode == .success)
        #expect(watcher.payloads == ["x"])
    }

    @Test(
        "[MQTT-4.3.3-10] Received identifiers belong to the session: a repeat on the next connection is not delivered",
        arguments: ProtocolVersion.allCases)
    func duplicatesAfterResume(version: ProtocolVersion) {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher")
        watcher.subscribe("a")
        let client = harness.client("alice", version)
        client.resume()
        client.publish("a", "x", qos: .exactlyOnce, packetIdentifier: 9)
        client.loseConnection()
        let again = client.again()
        again.resume()
        #expect(again.publish("a", "x", qos: .exactlyOnce, dup: true, packetIdentifier: 9) != nil)
        #expect(again.pubrel(9)?.reasonCode == .success)
        #expect(watcher.payloads == ["x"])
    }

    @Test(
        "[MQTT-4.3.3-12] After PUBCOMP the same identifier is a new message",
        arguments: ProtocolVersion.allCases)
    func identifierIsFree(version: ProtocolVersion) {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher", version)
        watcher.subscribe("a")
        let client = harness.connected("alice", version)
        for text in ["1", "2"] {
            client.publish("a", text, qos: .exactlyOnce, packetIdentifier: 9)
            client.pubrel(9)
        }
        #expect(watcher.payloads == ["1", "2"])
    }

    @Test(
        "[MQTT-4.3.3-9] [MQTT-4.4.0-2] After PUBREC with a failure the identifier is free at once, without PUBREL"
    )
    func refusedIdentifierIsFree() {
        let harness = EngineHarness(authorizes: true)
        harness.authorizer.decide {
            if case .publish("secret", _, _) = $0.operation { .deny } else { .allow }
        }
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let client = harness.connected("alice")
        #expect(
            client.publish("secret", qos: .exactlyOnce, packetIdentifier: 9)?.reasonCode == .notAuthorized)
        #expect(client.publish("open", "x", qos: .exactlyOnce, packetIdentifier: 9)?.reasonCode == .success)
        #expect(client.pubrel(9)?.reasonCode == .success)
        #expect(watcher.payloads == ["x"])
    }

    @Test(
        "[MQTT-4.3.3-11] A PUBREL for an identifier that is not in use is answered: 0x92, or plainly before 5.0",
        arguments: ProtocolVersion.allCases)
    func unknownPubrel(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        let pubcomp = client.pubrel(1234)
        #expect(pubcomp?.reasonCode == (version == .v5 ? .packetIdentifierNotFound : .success))
        #expect(client.isOpen)
    }

    @Test(
        "A PUBREC for an identifier that is not in use is answered with PUBREL 0x92, and nobody is disconnected",
        arguments: ProtocolVersion.allCases)
    func unknownPubrec(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        let pubrel = client.pubrec(1234)
        #expect(pubrel?.reasonCode == (version == .v5 ? .packetIdentifierNotFound : .success))
        #expect(client.isOpen)
        client.pubcomp(1234)
        #expect(client.ping())
    }

    @Test(
        "[MQTT-3.6.1-1] Reserved flags of PUBREL other than 0010 are malformed",
        arguments: [0x60, 0x61, 0x63, 0x66] as [UInt8])
    func reservedFlags(firstByte: UInt8) {
        for version in [ProtocolVersion.v3_1_1, .v5] {
            let harness = EngineHarness()
            let client = harness.connected("alice", version)
            client.publish("a", qos: .exactlyOnce, packetIdentifier: 1)
            client.send(bytes: [firstByte, 2, 0, 1])
            expectDisconnected(client, .malformedPacket)
        }
    }

    @Test("[MQTT-4.6.0-3] [MQTT-4.6.0-4] PUBRECs come in the order of PUBLISHes, PUBRELs in that of PUBRECs")
    func order() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("in", qos: .exactlyOnce)
        let identifiers: [UInt16] = [9, 3, 65_535, 1]
        for identifier in identifiers {
            client.send(.publish(Publish(topicName: "out", qos: .exactlyOnce, packetIdentifier: identifier)))
        }
        #expect(client.takeAll().compactMap(\.acknowledged) == identifiers.map { "pubrec \($0)" })
        let bob = harness.connected("bob")
        for _ in 0..<4 { bob.publishCompletely("in", qos: .exactlyOnce) }
        let delivered = [2, 0, 3, 1].map { client.messages[$0].packetIdentifier }
        client.takeMessages()
        for identifier in delivered {
            client.send(.acknowledgement(Acknowledgement(.pubrec, packetIdentifier: identifier)))
        }
        #expect(client.takeAll().compactMap(\.acknowledged) == delivered.map { "pubrel \($0)" })
    }

    @Test("Identifiers of client and server are separate spaces")
    func separateSpaces() throws {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("in", qos: .exactlyOnce)
        harness.connected("bob").publishCompletely("in", "x", qos: .exactlyOnce)
        let message = try #require(client.takeMessage())
        let identifier = message.packetIdentifier
        #expect(
            client.publish("out", qos: .exactlyOnce, packetIdentifier: identifier)?.reasonCode.isFailure
                == false)
        #expect(client.pubrec(identifier)?.reasonCode == .success)
        #expect(client.pubrel(identifier)?.reasonCode == .success)
        client.pubcomp(identifier)
        #expect(harness.counters.inFlightMessages == 0)
    }

    @Test("[MQTT-4.4.0-2] A failing PUBREC ends the delivery: no PUBREL, no resend")
    func refusedBySubscriber() {
        let (harness, client, message) = delivered(.v5)
        #expect(client.pubrec(message.packetIdentifier, .notAuthorized) == nil)
        #expect(harness.counters.inFlightMessages == 0)
        #expect(harness.drops(.refusedByClient) == 1)
        client.loseConnection()
        let again = client.again()
        again.resume()
        #expect(again.received.isEmpty)
    }

    @Test("[MQTT-4.4.0-2] A failing PUBACK ends the delivery")
    func refusedAtQoS1() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.resume()
        client.subscribe("a", qos: .atLeastOnce)
        harness.connected("bob").publish("a", "x", qos: .atLeastOnce)
        client.puback(client.messages[0].packetIdentifier, .quotaExceeded)
        client.loseConnection()
        let again = client.again()
        again.resume()
        #expect(again.messages.isEmpty)
        #expect(harness.drops(.refusedByClient) == 1)
    }

    @Test("PUBACK and PUBCOMP out of turn do not end a QoS 2 exchange")
    func wrongAnswers() {
        let (harness, client, message) = delivered(.v5)
        client.puback(message.packetIdentifier)
        guard client.isOpen else { return }
        client.pubcomp(message.packetIdentifier)
        #expect(harness.counters.inFlightMessages == 1)
        #expect(client.pubrec(message.packetIdentifier)?.reasonCode == .success)
        client.puback(message.packetIdentifier)
        #expect(harness.counters.inFlightMessages == 1)
        client.pubcomp(message.packetIdentifier)
        #expect(harness.counters.inFlightMessages == 0)
    }

    /// A client with one QoS 2 message sent to it.
    private func delivered(_ version: ProtocolVersion) -> (EngineHarness, TestClient, Publish) {
        let harness = EngineHarness()
        let client = harness.client("alice", version)
        client.resume()
        client.subscribe("a", qos: .exactlyOnce)
        harness.connected("bob").publishCompletely("a", "x", qos: .exactlyOnce)
        return (harness, client, client.takeMessage() ?? Publish(topicName: "missing"))
    }
}

extension ControlPacket {
    /// Type and identifier of a successful PUBACK, PUBREC, PUBREL or PUBCOMP.
    fileprivate var acknowledged: String? {
        guard case .acknowledgement(let packet) = self, !packet.reasonCode.isFailure else { return nil }
        return "\(packet.type) \(packet.packetIdentifier)"
    }
}

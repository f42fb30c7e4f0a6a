import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("What is different in MQTT 3.1.1 and 3.1")
struct Version3Tests {
    @Test("[MQTT-3.1.1/3.1.3-6] An empty identifier with Clean Session 1 gets a unique one")
    func emptyIdentifier() {
        let harness = EngineHarness()
        let first = harness.client("", .v3_1_1)
        let second = harness.client("", .v3_1_1)
        #expect(first.connect(cleanStart: true) == Connack())
        #expect(second.connect(cleanStart: true) == Connack())
        #expect(first.isOpen && second.isOpen)
        first.subscribe("a")
        second.publish("a", "x")
        #expect(first.payloads == ["x"])
        #expect(second.messages.isEmpty)
    }

    @Test(
        "[MQTT-3.1.1/3.1.3-7] [MQTT-3.1.1/3.1.3-8] [MQTT-3.1.1/3.1.3-9] An empty identifier with Clean Session 0 is refused with 0x02"
    )
    func emptyIdentifierStored() {
        let harness = EngineHarness()
        let client = harness.client("", .v3_1_1)
        expectRefused(client, client.connect(cleanStart: false), .clientIdentifierNotValid)
    }

    @Test("3.1 knows no empty identifiers at all: 0x02")
    func emptyIdentifierOf31() {
        let harness = EngineHarness()
        let client = harness.client("", .v3_1)
        expectRefused(client, client.connect(cleanStart: true), .clientIdentifierNotValid)
    }

    @Test("[MQTT-3.1.1/3.1.2-22] A password without a user name ends the connection")
    func passwordWithoutUserName() {
        let harness = EngineHarness()
        for (name, level, version) in [("MQTT", 4, ProtocolVersion.v3_1_1), ("MQIsdp", 3, .v3_1)] {
            let client = harness.client("client", version)
            client.send(
                bytes: Raw.connect(
                    name: name, level: UInt8(level), flags: 0x42, payload: Raw.string("client"),
                    Raw.string("secret")))
            #expect(client.isClosed)
            #expect(client.takeConnack()?.reasonCode.isFailure ?? true)
        }
        #expect(harness.counters.sessions == 0)
    }

    @Test(
        "[MQTT-3.1.1/3.1.4-2] A take-over closes the first connection without a packet",
        arguments: [ProtocolVersion.v3_1, .v3_1_1])
    func takeOver(version: ProtocolVersion) {
        let harness = EngineHarness()
        let first = harness.connected("alice", version)
        let second = first.again()
        #expect(second.connect()?.reasonCode == .success)
        #expect(first.isClosed)
        #expect(first.received.isEmpty)
    }

    @Test(
        "[MQTT-3.1.1/3.1.4-5] Nothing is processed after a CONNECT that was refused",
        arguments: [ProtocolVersion.v3_1, .v3_1_1])
    func refused(version: ProtocolVersion) {
        let harness = EngineHarness(authenticates: true)
        let client = harness.client("alice", version)
        client.send(
            .connect(Connect(version: version, clientIdentifier: "alice")),
            .publish(Publish(topicName: "a", retain: true)))
        harness.answerAuthentication(.refused(.badUserNameOrPassword))
        expectRefused(client, client.takeConnack(), .badUserNameOrPassword)
        #expect(harness.counters.retainedMessages == 0)
    }

    @Test("[MQTT-3.1.1/3.3.1-6] New subscriptions get the last retained message of every topic that matches")
    func retained() {
        let harness = EngineHarness()
        let publisher = harness.connected("publisher", .v3_1_1)
        for topic: MQTTString in ["a/1", "a/2", "b/1"] {
            publisher.publish(topic, "x", qos: .atLeastOnce, retain: true)
        }
        let client = harness.connected("alice", .v3_1_1)
        client.subscribe("a/#", qos: .atLeastOnce)
        #expect(Set(client.messages.map(\.topicName)) == ["a/1", "a/2"])
        #expect(client.messages.count == 2)
    }

    @Test("3.1 has no code of failure in SUBACK: a refusal is granted QoS 0 and stays silent")
    func subackOf31() {
        let harness = EngineHarness(authorizes: true)
        harness.authorizer.decide { if case .subscribe = $0.operation { .deny } else { .allow } }
        let client = harness.connected("alice", .v3_1)
        #expect(client.subscribe([.init("a", .init(qos: .atLeastOnce))])?.reasonCodes == [.grantedQoS0])
        harness.connected("bob").publish("a")
        #expect(client.messages.isEmpty)
        #expect(harness.counters.subscriptions == 0)
    }

    @Test("3.1 lets SUBSCRIBE, UNSUBSCRIBE and PUBREL carry DUP")
    func dupOf31() {
        let harness = EngineHarness()
        let client = harness.connected("alice", .v3_1)
        client.send(bytes: Raw.packet(0x8A, [0, 1], Raw.string("a"), [1]))
        #expect(client.takeSubscriptionAcknowledgement(.suback, 1)?.reasonCodes == [.grantedQoS1])
        client.publish("a", qos: .exactlyOnce, packetIdentifier: 5)
        client.send(bytes: Raw.packet(0x6A, [0, 5]))
        #expect(client.takeAcknowledgement(.pubcomp, 5) != nil)
        client.send(bytes: Raw.packet(0xAA, [0, 2], Raw.string("a")))
        #expect(client.takeSubscriptionAcknowledgement(.unsuback, 2) != nil)
        #expect(client.isOpen)
    }

    @Test("3.1.1 does not let SUBSCRIBE carry DUP")
    func noDupOf311() {
        let harness = EngineHarness()
        let client = harness.connected("alice", .v3_1_1)
        client.send(bytes: Raw.packet(0x8A, [0, 1], Raw.string("a"), [1]))
        expectDisconnected(client, .malformedPacket)
    }

    @Test(
        "Retained, shared and $ rules hold for 3.x, options of 5.0 are as their defaults",
        arguments: [ProtocolVersion.v3_1, .v3_1_1])
    func shared(version: ProtocolVersion) {
        let harness = EngineHarness()
        let members = (0..<2).map { harness.connected("m\($0)", version) }
        for member in members { #expect(member.subscribe("$share/g/a", qos: .atLeastOnce) == .grantedQoS1) }
        let bob = harness.connected("bob")
        for index in 0..<10 { bob.publish("a", "\(index)", qos: .atLeastOnce) }
        #expect(members.flatMap(\.payloads).count == 10)
        // A 3.x client hears itself: it has no No Local.
        members[0].subscribe("own")
        members[0].publish("own", "x")
        #expect(members[0].payloads.contains("x"))
    }

    @Test(
        "The server's shutdown closes 3.x connections without a packet",
        arguments: [ProtocolVersion.v3_1, .v3_1_1])
    func shutDown(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        harness.shutDown()
        expectDisconnected(client, .serverShuttingDown)
        #expect(client.received.isEmpty)
    }
}

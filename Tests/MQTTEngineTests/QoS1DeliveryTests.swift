import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("QoS 1, section 4.3.2")
struct QoS1DeliveryTests {
    @Test(
        "[MQTT-4.3.2-1] [MQTT-4.3.2-2] [MQTT-2.2.1-4] Messages go out with QoS 1, DUP 0 and identifiers of their own",
        arguments: ProtocolVersion.allCases)
    func identifiers(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.subscribe("a", qos: .atLeastOnce)
        let bob = harness.connected("bob", version)
        for index in 0..<5 { bob.publish("a", "\(index)", qos: .atLeastOnce) }
        #expect(client.payloads == ["0", "1", "2", "3", "4"])
        #expect(client.messages.allSatisfy { $0.qos == .atLeastOnce && !$0.dup && $0.packetIdentifier > 0 })
        #expect(Set(client.messages.map(\.packetIdentifier)).count == 5)
    }

    @Test(
        "[MQTT-4.3.2-3] A message is unacknowledged until PUBACK comes: then it is never sent again",
        arguments: ProtocolVersion.allCases)
    func unacknowledged(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.client("alice", version)
        client.resume()
        client.subscribe("a", qos: .atLeastOnce)
        let bob = harness.connected("bob", version)
        bob.publish("a", "1", qos: .atLeastOnce)
        bob.publish("a", "2", qos: .atLeastOnce)
        #expect(harness.counters.inFlightMessages == 2)
        let first = client.messages[0]
        client.puback(first.packetIdentifier)
        #expect(harness.counters.inFlightMessages == 1)
        client.loseConnection()
        let again = client.again()
        again.resume()
        #expect(again.payloads == ["2"])
        again.puback(again.messages[0].packetIdentifier)
        #expect(harness.counters.inFlightMessages == 0)
        #expect(harness.counters.storedMessages == 0)
    }

    @Test(
        "[MQTT-4.3.2-4] Each PUBLISH is acknowledged with its identifier, in order [MQTT-4.6.0-2]",
        arguments: ProtocolVersion.allCases)
    func acknowledges(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        for identifier: UInt16 in [9, 3, 65_535, 1] {
            client.send(.publish(Publish(topicName: "a", qos: .atLeastOnce, packetIdentifier: identifier)))
        }
        let identifiers = client.received.compactMap { packet -> UInt16? in
            if case .acknowledgement(let puback) = packet, puback.type == .puback {
                puback.packetIdentifier
            } else {
                nil
            }
        }
        #expect(identifiers == [9, 3, 65_535, 1])
    }

    @Test(
        "[MQTT-4.3.2-5] After PUBACK the same identifier is a new message, whatever its DUP flag",
        arguments: ProtocolVersion.allCases)
    func sameIdentifier(version: ProtocolVersion) {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher", version)
        watcher.subscribe("a")
        let client = harness.connected("alice", version)
        for dup in [false, true, false] {
            #expect(client.publish("a", "x", qos: .atLeastOnce, dup: dup, packetIdentifier: 5) != nil)
        }
        #expect(watcher.payloads == ["x", "x", "x"])
    }

    @Test(
        "A PUBACK for an identifier that is not in use changes nothing", arguments: ProtocolVersion.allCases)
    func unknownPuback(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.subscribe("a", qos: .atLeastOnce)
        harness.connected("bob").publish("a", "x", qos: .atLeastOnce)
        let identifier = client.messages[0].packetIdentifier
        client.puback(identifier &+ 7)
        #expect(client.isOpen)
        #expect(harness.counters.inFlightMessages == 1)
        client.puback(identifier)
        client.puback(identifier)
        #expect(client.ping())
        #expect(harness.counters.inFlightMessages == 0)
    }

    @Test(
        "[MQTT-3.1.1/3.3.5-2] 3.x acknowledges a publish without the right to it, or ends the connection; it never delivers"
    )
    func notAuthorizedBefore5() {
        for version in [ProtocolVersion.v3_1, .v3_1_1] {
            let harness = EngineHarness(authorizes: true)
            let watcher = harness.connected("watcher")
            watcher.subscribe("#")
            harness.authorizer.decide { _ in .deny }
            let client = harness.connected("alice", version)
            let puback = client.publish("a", "x", qos: .atLeastOnce)
            #expect(client.isClosed != (puback != nil))
            #expect(watcher.messages.isEmpty)
        }
    }
}

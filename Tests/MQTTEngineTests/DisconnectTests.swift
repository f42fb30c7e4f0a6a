import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("DISCONNECT, section 3.14")
struct DisconnectTests {
    @Test(
        "DISCONNECT ends the connection without an answer, and nothing after it is processed",
        arguments: ProtocolVersion.allCases)
    func byClient(version: ProtocolVersion) {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let client = harness.connected("alice", version)
        client.send(.disconnect(Disconnect()), .publish(Publish(topicName: "a")), .pingreq)
        #expect(client.isClosed)
        #expect(client.received.isEmpty)
        #expect(watcher.messages.isEmpty)
    }

    @Test("[MQTT-3.14.0-1] Before CONNACK the server sends no DISCONNECT")
    func notBeforeConnack() {
        let harness = EngineHarness(authenticates: true)
        let waiting = harness.client("waiting")
        waiting.connect()
        let silent = harness.client("silent")
        let wrong = harness.client("wrong")
        wrong.send(bytes: [0x00, 0x00])
        harness.disconnect(waiting, .administrativeAction)
        harness.shutDown()
        for client in [waiting, silent, wrong] {
            #expect(client.isClosed)
            #expect(client.disconnectReason == nil)
        }
    }

    @Test(
        "[MQTT-3.14.1-1] Reserved flags of DISCONNECT that are set are malformed",
        arguments: [0xE1, 0xE2, 0xE8, 0xEF] as [UInt8])
    func reservedFlags(firstByte: UInt8) {
        for version in ProtocolVersion.allCases {
            let harness = EngineHarness()
            let client = harness.connected("alice", version)
            client.send(bytes: [firstByte, 0])
            expectDisconnected(client, .malformedPacket)
        }
    }

    @Test(
        "[MQTT-3.14.2-1] A client's reason codes other than those of DISCONNECT are malformed",
        arguments: [0x01, 0x10, 0x85, 0xFF] as [UInt8])
    func reasonCodes(code: UInt8) {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.send(bytes: [0xE0, 1, code])
        #expect(client.isClosed)
        #expect([.malformedPacket, .protocolError].contains(client.disconnectReason))
    }

    @Test(
        "[MQTT-3.14.2-2] [MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT-3.14.2-1] The server's DISCONNECT is its last packet, has no expiry interval, and the connection ends",
        arguments: [
            ReasonCode.administrativeAction, .serverBusy, .useAnotherServer, .clientIdentifierNotValid,
        ])
    func byServer(reason: ReasonCode) {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.resume()
        client.subscribe("a", qos: .atLeastOnce)
        harness.disconnect(client, reason)
        #expect(client.isClosed)
        guard case .disconnect(let packet) = client.received.last else {
            Issue.record("no DISCONNECT but \(client.received)")
            return
        }
        #expect(packet.properties.sessionExpiryInterval == nil)
        harness.connected("bob").publish("a", qos: .atLeastOnce)
        #expect(client.messages.isEmpty)
        #expect(client.again().resume()?.sessionPresent == true)
    }

    @Test("The end of a connection is reported with its cause")
    func causes() {
        let harness = EngineHarness()
        func causes(_ identifier: MQTTString) -> [DisconnectCause] {
            harness.events.compactMap {
                if case .clientDisconnected(let client, let cause, _) = $0, client.identifier == identifier {
                    cause
                } else {
                    nil
                }
            }
        }
        let polite = harness.connected("polite")
        polite.disconnect(.disconnectWithWillMessage)
        let lost = harness.connected("lost")
        lost.loseConnection()
        let wrong = harness.connected("wrong")
        wrong.send(bytes: [0x00, 0x00])
        #expect(causes("polite") == [.byClient(.disconnectWithWillMessage)])
        #expect(causes("lost") == [.connectionLost])
        guard case .byServer(.malformedPacket, _) = causes("wrong").first else {
            Issue.record("\(causes("wrong"))")
            return
        }
    }
}

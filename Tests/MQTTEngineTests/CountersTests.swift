import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Counters and events")
struct CountersTests {
    @Test("Packets, publishes and bytes are counted on both ways")
    func traffic() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("a", qos: .exactlyOnce)
        let before = harness.counters
        let packet = ControlPacket.publish(
            Publish(
                topicName: "a", payload: ByteBuffer(string: "12345"), qos: .atLeastOnce, packetIdentifier: 1))
        client.send(packet)
        let after = harness.counters
        #expect(after.bytesReceived - before.bytesReceived == UInt64(Raw.encoded(packet).count))
        #expect(after.packetsReceived - before.packetsReceived == 1)
        #expect(after.packetsSent - before.packetsSent == 2)
        #expect(after.publishesReceived.atLeastOnce - before.publishesReceived.atLeastOnce == 1)
        #expect(after.publishesSent.atLeastOnce - before.publishesSent.atLeastOnce == 1)
        #expect(after.publishesSent.total - before.publishesSent.total == 1)
        #expect(after.bytesSent > before.bytesSent)
        #expect(after.publishBytesReceived > before.publishBytesReceived)
        #expect(after.publishBytesSent > before.publishBytesSent)
    }

    @Test("Levels go back to nothing when everybody has gone")
    func levels() {
        let harness = EngineHarness()
        let clients = ProtocolVersion.allCases.map { harness.connected("\($0)", $0) }
        for client in clients {
            client.subscribe("a/#", qos: .exactlyOnce)
            client.subscribe("$share/g/a/#", qos: .atLeastOnce)
        }
        for client in clients { client.publish("a/b", "x", qos: .exactlyOnce, retain: true) }
        #expect(harness.counters.connected == 3)
        #expect(harness.counters.sessions == 3)
        #expect(harness.counters.retainedMessages == 1)
        clients[0].publish("a/b", "", retain: true)
        for client in clients { client.loseConnection() }
        let left = harness.counters
        #expect(left.connected == 0 && left.connectedMaximum == 3)
        #expect(left.sessions == 0 && left.subscriptions == 0 && left.sharedSubscriptions == 0)
        #expect(left.storedMessages == 0 && left.storedBytes == 0)
        #expect(left.queuedMessages == 0 && left.inFlightMessages == 0)
        #expect(left.retainedMessages == 0 && left.retainedBytes == 0)
    }

    @Test("Connections, subscriptions and refusals are reported")
    func events() {
        let harness = EngineHarness(authenticates: true, authorizes: true)
        harness.onAuthenticate = { $0.userName == "u" ? .accepted() : .refused(.notAuthorized) }
        harness.authorizer.decide {
            if case .publish = $0.operation { .deny } else { .allow }
        }
        harness.client("mallory").connect()
        let client = harness.client("alice")
        client.connect(keepAlive: 7, userName: "u")
        client.subscribe("a")
        client.unsubscribe("a")
        client.publish("secret", qos: .atLeastOnce)
        var seen: [String] = []
        for event in harness.events {
            switch event {
            case .clientRefused(let client, .notAuthorized, _): seen.append("refused \(client.identifier)")
            case .clientConnected(let client, .v5, false, 7):
                seen.append("connected \(client.identifier) \(client.userName ?? "")")
            case .subscribed(_, let filter, .success): seen.append("subscribed \(filter)")
            case .unsubscribed(_, let filter): seen.append("unsubscribed \(filter)")
            case .publishRefused(_, let topic, .notAuthorized): seen.append("publish refused \(topic)")
            default: break
            }
        }
        #expect(
            seen == [
                "refused mallory", "connected alice u", "subscribed a", "unsubscribed a",
                "publish refused secret",
            ])
    }

    @Test("When everybody has gone for good, nothing is due any more")
    func nothingDue() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(
            sessionExpiry: 100, keepAlive: 10,
            will: Will(topic: "w", properties: [.willDelayInterval(5), .messageExpiryInterval(7)]))
        client.subscribe("a", qos: .atLeastOnce)
        client.loseConnection()
        harness.connected("bob").publish("a", qos: .atLeastOnce, properties: [.messageExpiryInterval(10)])
        #expect(harness.nextDeadline != nil)
        harness.advance(seconds: 1000)
        #expect(harness.counters.sessions == 0 || harness.counters.connected > 0)
        harness.shutDown()
        harness.advance(seconds: 100_000)
        #expect(harness.nextDeadline == nil)
    }
}

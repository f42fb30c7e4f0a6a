import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Will messages, sections 3.1.2.5 and 3.1.3.2")
struct WillTests {
    static let will = Will(topic: "will", payload: Array("gone".utf8), qos: .atLeastOnce)

    @Test(
        "[MQTT-3.1.2-7] [MQTT-3.1.2-8] [MQTT-3.1.1/3.1.2-8] A connection that is lost publishes the will, once",
        arguments: ProtocolVersion.allCases)
    func connectionLost(version: ProtocolVersion) {
        let (harness, watcher, client) = watched(version)
        client.connect(will: Self.will)
        harness.advance(seconds: 1000)
        #expect(watcher.messages.isEmpty)
        client.loseConnection()
        harness.advance(seconds: 1000)
        #expect(watcher.payloads == ["gone"])
        #expect(watcher.messages.map(\.qos) == [.atLeastOnce])
        #expect(harness.events.contains(.willPublished(clientIdentifier: "alice", topic: "will")))
    }

    @Test(
        "[MQTT-3.14.4-3] [MQTT-3.1.2-10] [MQTT-3.1.1/3.14.4-3] [MQTT-3.1.1/3.1.2-10] DISCONNECT 0x00 discards the will",
        arguments: ProtocolVersion.allCases)
    func normalDisconnection(version: ProtocolVersion) {
        let (harness, watcher, client) = watched(version)
        client.connect(cleanStart: false, sessionExpiry: version == .v5 ? 100 : nil, will: Self.will)
        client.disconnect()
        #expect(client.isClosed)
        let again = client.again()
        again.resume()
        again.loseConnection()
        harness.advance(seconds: 10_000)
        #expect(watcher.messages.isEmpty)
    }

    @Test(
        "[MQTT-3.1.2-8] DISCONNECT with any other reason publishes the will",
        arguments: [ReasonCode.disconnectWithWillMessage, .unspecifiedError, .quotaExceeded])
    func otherDisconnection(reason: ReasonCode) {
        let (_, watcher, client) = watched(.v5)
        client.connect(will: Self.will)
        client.disconnect(reason)
        #expect(client.isClosed)
        #expect(watcher.payloads == ["gone"])
    }

    @Test("[MQTT-3.1.2-8] An error of the client publishes the will", arguments: ProtocolVersion.allCases)
    func protocolError(version: ProtocolVersion) {
        let (_, watcher, client) = watched(version)
        client.connect(will: Self.will)
        client.send(bytes: [0x00, 0x00])
        #expect(client.isClosed)
        #expect(watcher.payloads == ["gone"])
    }

    @Test(
        "[MQTT-3.1.2-8] [MQTT-3.1.2-22] A keep alive that runs out publishes the will",
        arguments: ProtocolVersion.allCases)
    func keepAlive(version: ProtocolVersion) {
        let (harness, watcher, client) = watched(version)
        client.connect(keepAlive: 10, will: Self.will)
        harness.advance(seconds: 17)
        #expect(client.isClosed)
        #expect(watcher.payloads == ["gone"])
    }

    @Test(
        "[MQTT-3.1.2-8] A take-over publishes the will of the first connection",
        arguments: ProtocolVersion.allCases)
    func takeOver(version: ProtocolVersion) {
        let (_, watcher, client) = watched(version)
        client.connect(will: Self.will)
        client.again().connect()
        #expect(watcher.payloads == ["gone"])
    }

    @Test("The operator's disconnect and the broker's shutdown publish wills first")
    func byServer() {
        let (harness, watcher, client) = watched(.v5)
        client.connect(will: Self.will)
        harness.disconnect(client, .administrativeAction)
        expectDisconnected(client, .administrativeAction)
        #expect(watcher.takeMessages().map(\.text) == ["gone"])
        let other = harness.client("other")
        other.connect(will: Self.will)
        harness.shutDown()
        expectDisconnected(other, .serverShuttingDown)
        #expect(watcher.payloads == ["gone"])
        expectDisconnected(watcher, .serverShuttingDown)
        #expect(!harness.client("late").isOpen || harness.client("late").connect() == nil)
    }

    @Test("[MQTT-3.1.2-14] Will Retain 0: not retained", arguments: ProtocolVersion.allCases)
    func notRetained(version: ProtocolVersion) {
        let (harness, _, client) = watched(version)
        client.connect(will: Self.will)
        client.loseConnection()
        let late = harness.connected("late")
        late.subscribe("will")
        #expect(late.messages.isEmpty)
    }

    @Test("[MQTT-3.1.2-15] Will Retain 1: retained", arguments: ProtocolVersion.allCases)
    func retained(version: ProtocolVersion) {
        let (harness, watcher, client) = watched(version)
        client.connect(will: Will(topic: "will", payload: [65], qos: .exactlyOnce, retain: true))
        client.loseConnection()
        #expect(watcher.messages.map(\.retain) == [false])
        let late = harness.connected("late")
        late.subscribe("will", qos: .exactlyOnce)
        #expect(late.messages.map(\.retain) == [true])
        #expect(late.messages.map(\.qos) == [.exactlyOnce])
    }

    @Test("[MQTT-3.1.2-8] The will waits for its delay, and comes once")
    func delay() {
        let (harness, watcher, client) = watched(.v5)
        client.connect(sessionExpiry: 100, will: delayed(20))
        client.loseConnection()
        harness.advance(seconds: 19)
        #expect(watcher.messages.isEmpty)
        harness.advance(seconds: 2)
        #expect(watcher.payloads == ["gone"])
        harness.advance(seconds: 200)
        #expect(watcher.payloads == ["gone"])
    }

    @Test("[MQTT-3.1.2-8] The will comes when the session ends, if that is before its delay has passed")
    func delayBeyondSession() {
        let (harness, watcher, client) = watched(.v5)
        client.connect(sessionExpiry: 10, will: delayed(100))
        client.loseConnection()
        harness.advance(seconds: 9)
        #expect(watcher.messages.isEmpty)
        harness.advance(seconds: 2)
        #expect(watcher.payloads == ["gone"])
        let other = harness.client("other")
        other.connect(will: delayed(100))
        other.loseConnection()
        #expect(watcher.payloads == ["gone", "gone"], "no session, no delay")
    }

    @Test("[MQTT-3.1.3-9] Coming back before the delay has passed cancels the will")
    func cancelled() {
        let (harness, watcher, client) = watched(.v5)
        client.connect(sessionExpiry: 100, will: delayed(20))
        client.loseConnection()
        harness.advance(seconds: 19)
        let again = client.again()
        #expect(again.connect(cleanStart: false, sessionExpiry: 100)?.sessionPresent == true)
        harness.advance(seconds: 100)
        again.loseConnection()
        harness.advance(seconds: 200)
        #expect(watcher.messages.isEmpty)
    }

    @Test("[MQTT-3.1.3-9] A take-over before the delay cancels the will too; without delay it is published")
    func takeOverDelayed() {
        let (harness, watcher, client) = watched(.v5)
        client.connect(sessionExpiry: 100, will: delayed(20))
        let second = client.again()
        second.connect(cleanStart: false, sessionExpiry: 100, will: Self.will)
        harness.advance(seconds: 50)
        #expect(watcher.messages.isEmpty)
        client.again().connect(cleanStart: false, sessionExpiry: 100)
        #expect(watcher.payloads == ["gone"])
    }

    @Test("[MQTT-3.1.2-8] Clean Start ends the session, and so publishes a will that waits")
    func cleanStart() {
        let (harness, watcher, client) = watched(.v5)
        client.connect(sessionExpiry: 100, will: delayed(20))
        client.loseConnection()
        client.again().connect(cleanStart: true)
        #expect(watcher.payloads == ["gone"])
        harness.advance(seconds: 100)
        #expect(watcher.payloads == ["gone"])
    }

    @Test("[MQTT-3.1.2-10] Each connection brings its own will, or none")
    func replaced() {
        let (_, watcher, client) = watched(.v5)
        client.connect(sessionExpiry: 100, will: Self.will)
        client.disconnect()
        let again = client.again()
        again.connect(
            cleanStart: false, sessionExpiry: 100, will: Will(topic: "will", payload: Array("new".utf8)))
        again.loseConnection()
        #expect(watcher.payloads == ["new"])
    }

    @Test("[MQTT-3.1.3-10] Will properties go out as a PUBLISH has them, the delay does not")
    func properties() {
        let (harness, watcher, client) = watched(.v5)
        let will = Will(
            topic: "will", payload: Array("gone".utf8),
            properties: [
                .userProperty("b", "1"), .willDelayInterval(5), .payloadFormatIndicator(1),
                .messageExpiryInterval(60),
                .contentType("text"), .responseTopic("answer"), .correlationData([1, 2]),
                .userProperty("a", "2"),
            ])
        client.connect(sessionExpiry: 100, will: will)
        client.loseConnection()
        harness.advance(seconds: 6)
        let properties = watcher.takeMessage()?.properties
        #expect(properties?.userProperties.map(\.name) == ["b", "a"])
        #expect(properties?.payloadFormatIndicator == 1)
        #expect(properties?.contentType == "text")
        #expect(properties?.responseTopic == "answer")
        #expect(properties?.correlationData == [1, 2])
        #expect(properties?.willDelayInterval == nil)
        // The message is published when the delay has passed: its own life begins then.
        #expect(properties?.messageExpiryInterval == 60 || properties?.messageExpiryInterval == 59)
    }

    @Test("A will without the right to publish is not published; the right is asked when it is due")
    func notAuthorized() {
        let harness = EngineHarness(authorizes: true)
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let client = harness.client("alice")
        #expect(client.connect(will: Self.will)?.reasonCode == .success)
        harness.authorizer.decide {
            if case .publish = $0.operation { .deny } else { .allow }
        }
        client.loseConnection()
        #expect(watcher.messages.isEmpty)
        #expect(harness.drops(.notAuthorized) == 1)
    }

    @Test("A will without the right to publish does not get in, or is not published")
    func notAuthorizedAtConnect() {
        let harness = EngineHarness(authorizes: true)
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        harness.authorizer.decide {
            if case .publish = $0.operation { .deny } else { .allow }
        }
        let client = harness.client("alice")
        let connack = client.connect(will: Self.will)
        #expect(connack?.reasonCode == .notAuthorized || connack?.reasonCode == .success)
        client.loseConnection()
        #expect(watcher.messages.isEmpty)
    }

    @Test("A CONNECT that is refused leaves no will behind")
    func refused() {
        let harness = EngineHarness(authenticates: true)
        harness.onAuthenticate = { $0.clientIdentifier == "watcher" ? .accepted() : .refused(.notAuthorized) }
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        harness.client("alice").connect(will: Self.will)
        harness.advance(seconds: 1000)
        #expect(watcher.messages.isEmpty)
    }

    @Test("A will finds subscribers that are away, and the sender's own session")
    func offline() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(sessionExpiry: 100, will: Self.will)
        client.subscribe("will", qos: .atLeastOnce)
        client.loseConnection()
        let again = client.again()
        again.resume()
        #expect(again.payloads == ["gone"])
    }

    @Test(
        "[MQTT-3.1.2-8] Clean Start of a connection that takes over ends the session: a delayed will comes at once"
    )
    func takeOverWithCleanStart() {
        let (_, watcher, client) = watched(.v5)
        client.connect(sessionExpiry: 100, will: delayed(20))
        client.again().connect(cleanStart: true)
        #expect(watcher.payloads == ["gone"])
    }

    @Test(
        "[MQTT-3.1.2-8] DISCONNECT that sets the expiry interval to 0 ends the session: a delayed will comes at once"
    )
    func sessionEndedAtDisconnect() {
        let (_, watcher, client) = watched(.v5)
        client.connect(sessionExpiry: 100, will: delayed(20))
        client.disconnect(.disconnectWithWillMessage, properties: [.sessionExpiryInterval(0)])
        #expect(watcher.payloads == ["gone"])
    }

    @Test("[MQTT-3.3.1-6] A retained will without payload removes what was retained")
    func emptyRetained() {
        let harness = EngineHarness()
        harness.connected("bob").publish("will", "kept", retain: true)
        let client = harness.client("alice")
        client.connect(will: Will(topic: "will", retain: true))
        client.loseConnection()
        #expect(harness.counters.retainedMessages == 0)
    }

    private func delayed(_ seconds: UInt32) -> Will {
        Will(topic: "will", payload: Array("gone".utf8), properties: [.willDelayInterval(seconds)])
    }

    private func watched(_ version: ProtocolVersion) -> (EngineHarness, TestClient, TestClient) {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher")
        watcher.subscribe("will", qos: .exactlyOnce)
        return (harness, watcher, harness.client("alice", version))
    }
}

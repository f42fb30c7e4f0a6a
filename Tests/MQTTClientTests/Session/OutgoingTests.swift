import MQTTCodec
import NIOCore
import Testing

@testable import MQTTClient

@Suite("A session sends")
struct OutgoingTests {
    @Test("[MQTT-4.3.2-1] QoS 1 ends with PUBACK, and its packet identifier is used again only then")
    func qos1() throws {
        let server = ScriptedServer()
        try server.connect()
        server.publish("a", "one", qos: .atLeastOnce, token: 1)
        server.publish("a", "two", qos: .atLeastOnce, token: 2)
        let sent = try server.sent().compactMap(\.publish)
        #expect(sent.map(\.packetIdentifier) == [1, 2])
        #expect(sent.allSatisfy { !$0.dup })
        #expect(server.actions().compactMap(\.succeeded).isEmpty)
        server.acknowledge(.puback, 2)
        #expect(server.actions().compactMap(\.succeeded) == [2])
        server.acknowledge(.puback, 1)
        #expect(server.actions().compactMap(\.succeeded) == [1])
        server.acknowledge(.puback, 1)
        #expect(server.actions().isEmpty, "a second PUBACK means nothing")
    }

    @Test("[MQTT-4.3.3-2] QoS 2 goes PUBLISH, PUBREC, PUBREL, PUBCOMP")
    func qos2() throws {
        let server = ScriptedServer()
        try server.connect()
        server.publish("a", "one", qos: .exactlyOnce, token: 1)
        #expect(try server.sent().compactMap(\.publish).map(\.packetIdentifier) == [1])
        server.acknowledge(.pubrec, 1)
        #expect(try server.sent() == [.acknowledgement(Acknowledgement(.pubrel, packetIdentifier: 1))])
        #expect(server.actions().compactMap(\.succeeded).isEmpty)
        server.acknowledge(.puback, 1)
        #expect(server.actions().compactMap(\.succeeded).isEmpty, "PUBACK does not end QoS 2")
        server.acknowledge(.pubcomp, 1)
        #expect(server.actions().compactMap(\.succeeded) == [1])
    }

    @Test("A refusal of the server is an error with its reason, and ends the message", arguments: [1, 2])
    func refused(qos: UInt8) throws {
        let server = ScriptedServer()
        try server.connect()
        server.publish("a", qos: try #require(QoS(rawValue: qos)), token: 1)
        _ = try server.sent()
        server.acknowledge(qos == 1 ? .puback : .pubrec, 1, .quotaExceeded)
        #expect(server.actions().compactMap(\.failed) == [.publishRefused(.quotaExceeded, reason: nil)])
        #expect(try server.sent().isEmpty, "no PUBREL follows")
        #expect(server.session.inFlight.isEmpty)
    }

    @Test("[MQTT-4.4.0-1] [MQTT-4.6.0-1] a new connection sends again in the first order, with DUP")
    func resend() throws {
        let server = ScriptedServer()
        try server.connect()
        for token in 1...4 as ClosedRange<UInt64> {
            server.publish("t", "\(token)", qos: token % 2 == 0 ? .exactlyOnce : .atLeastOnce, token: token)
        }
        _ = try server.sent()
        server.acknowledge(.pubrec, 2)
        server.acknowledge(.puback, 1)
        server.session.connectionLost()
        server.publish("t", "5", qos: .atLeastOnce, token: 5)
        #expect(try server.sent().isEmpty)

        let connect = try server.connect(sessionPresent: true)
        #expect(!connect.cleanStart, "the session is continued")
        let sent = try server.sent()
        #expect(sent.first?.acknowledgement == Acknowledgement(.pubrel, packetIdentifier: 2))
        let publishes = sent.compactMap(\.publish)
        #expect(publishes.map(\.packetIdentifier) == [3, 4, 5])
        #expect(publishes.map(\.dup) == [true, true, false])
        #expect(publishes.map { String(buffer: $0.payload) } == ["3", "4", "5"])
    }

    @Test(
        "[MQTT-3.2.2-5] A session that is gone: QoS 1 is sent anew, QoS 2 ends in doubt, or well after PUBREC"
    )
    func sessionGone() throws {
        let server = ScriptedServer()
        try server.connect()
        server.publish("t", "1", qos: .atLeastOnce, token: 1)
        server.publish("t", "2", qos: .exactlyOnce, token: 2)
        server.publish("t", "3", qos: .exactlyOnce, token: 3)
        server.publish("t", "4", qos: .atLeastOnce, token: 4)
        _ = try server.sent()
        server.acknowledge(.pubrec, 3)
        server.session.connectionLost()
        _ = server.actions()
        try server.connect(sessionPresent: false)
        let actions = server.actions()
        #expect(actions.compactMap(\.failed) == [.sessionLost])
        #expect(actions.compactMap(\.succeeded) == [3])
        let sent = try server.sent().compactMap(\.publish)
        #expect(sent.map { String(buffer: $0.payload) } == ["1", "4"])
        #expect(sent.allSatisfy { !$0.dup })
    }

    @Test("[MQTT-3.3.4-7] the server's Receive Maximum holds messages back, in their order")
    func receiveMaximum() throws {
        let server = ScriptedServer()
        try server.connect([.receiveMaximum(2)])
        for token in 1...5 as ClosedRange<UInt64> {
            server.publish("t", "\(token)", qos: .atLeastOnce, token: token)
        }
        #expect(try server.sent().count == 2)
        server.acknowledge(.puback, 1)
        let next = try server.sent().compactMap(\.publish)
        #expect(next.map { String(buffer: $0.payload) } == ["3"])
        server.acknowledge(.puback, 2, .unspecifiedError)
        #expect(try server.sent().count == 1, "a refusal makes room too")
    }

    @Test("[MQTT-3.3.4-8] While the Receive Maximum holds messages back, all other packets leave")
    func othersAreNotHeldBack() throws {
        let server = ScriptedServer(keepAlive: 10)
        try server.connect([.receiveMaximum(1)])
        server.publish("t", "1", qos: .atLeastOnce, token: 1)
        server.publish("t", "2", qos: .exactlyOnce, token: 2)
        server.publish("t", "3", qos: .atMostOnce, token: 3)
        #expect(try server.sent().compactMap(\.publish).map(\.qos) == [.atLeastOnce])
        server.session.subscribe([Subscribe.Entry("a")], [], token: 4, at: server.now)
        server.session.unsubscribe(["b"], [], token: 5, at: server.now)
        server.send(.publish(Publish(topicName: "a", qos: .atLeastOnce, packetIdentifier: 9)))
        let delivery = try #require(server.actions().compactMap(\.delivery).first)
        server.session.acknowledge(delivery, at: server.now)
        server.acknowledge(.pubrel, 10)
        #expect(try server.sent().map(\.type) == [.subscribe, .unsubscribe, .puback, .pubcomp])
        server.pass(.seconds(11))
        server.session.advance(to: server.now, isReading: true)
        #expect(try server.sent().map(\.type) == [.pingreq])
        server.acknowledge(.puback, 1)
        #expect(try server.sent().compactMap(\.publish).map(\.qos) == [.exactlyOnce, .atMostOnce])
        server.session.disconnect()
        #expect(try server.sent().map(\.type) == [.disconnect])
    }

    @Test("What was not written when the connection was lost has failed, and is not waited for")
    func unwritten() throws {
        let server = ScriptedServer()
        try server.connect()
        server.publish("t", qos: .atMostOnce, token: 1)
        server.publish("t", qos: .atLeastOnce, token: 2)
        _ = server.actions()
        server.session.connectionLost()
        #expect(server.actions() == [.published(1, .failure(.connectionLost))])
        #expect(server.session.outputTokens.isEmpty)
    }

    @Test("Topic aliases: first beside the topic, then in its place, and none on the next connection")
    func aliases() throws {
        let server = ScriptedServer()
        try server.connect([.topicAliasMaximum(2)])
        for topic in ["a", "b", "a", "c", "b", "a"] as [MQTTString] {
            server.publish(topic, qos: .atMostOnce, token: 1)
        }
        let sent = try server.sent().compactMap(\.publish)
        #expect(sent.map(\.topicName) == ["a", "b", "", "c", "b", "a"])
        #expect(sent.map(\.properties.topicAlias) == [1, 2, 1, 2, 1, 2])
        server.publish("a", qos: .atLeastOnce, token: 2)
        #expect(try server.sent().compactMap(\.publish).map(\.topicName) == [""])
        server.session.connectionLost()
        try server.connect(sessionPresent: true)
        let again = try #require(try server.sent().first?.publish)
        #expect(again.topicName == "a" && again.properties.topicAlias == nil)
    }

    @Test("Waiting eats up the Message Expiry Interval, and in the end the message")
    func expiry() throws {
        let server = ScriptedServer()
        server.publish("t", "short", qos: .atLeastOnce, token: 1, properties: [.messageExpiryInterval(5)])
        server.publish("t", "long", qos: .atLeastOnce, token: 2, properties: [.messageExpiryInterval(60)])
        server.pass(.seconds(10))
        try server.connect()
        #expect(server.actions().compactMap(\.failed) == [.messageExpired])
        let sent = try server.sent().compactMap(\.publish)
        #expect(sent.map(\.properties.messageExpiryInterval) == [50])
    }

    @Test("[MQTT-3.2.2-15] a packet that is too large for the server is not sent, and disturbs no other")
    func packetTooLarge() throws {
        let server = ScriptedServer()
        try server.connect([.maximumPacketSize(30), .topicAliasMaximum(5)])
        server.publish("t", String(repeating: "x", count: 50), qos: .exactlyOnce, token: 1)
        server.publish("t", "small", qos: .exactlyOnce, token: 2)
        #expect(server.actions().compactMap(\.failed) == [.packetTooLarge(maximum: 30)])
        let sent = try server.sent().compactMap(\.publish)
        #expect(sent.map(\.topicName) == ["t"])
        #expect(server.session.inFlight.count == 1)
    }

    @Test("[MQTT-3.2.2-11] [MQTT-3.2.2-14] what the server does not offer is not sent")
    func offer() throws {
        let server = ScriptedServer()
        try server.connect([.maximumQoS(1), .retainAvailable(0)])
        server.publish("t", qos: .exactlyOnce, token: 1)
        server.session.publish(Publish(topicName: "t", retain: true), token: 2, at: server.now)
        #expect(server.actions().compactMap(\.failed).count == 2)
        #expect(try server.sent().isEmpty)
    }

    @Test("A message that waits can be taken back, one that was sent cannot")
    func withdraw() throws {
        let server = ScriptedServer()
        try server.connect([.receiveMaximum(1)])
        server.publish("t", "1", qos: .atLeastOnce, token: 1)
        server.publish("t", "2", qos: .atLeastOnce, token: 2)
        let first = server.session.withdraw(1)
        let second = server.session.withdraw(2)
        #expect(!first && second)
        _ = try server.sent()
        server.acknowledge(.puback, 1)
        #expect(try server.sent().isEmpty)
    }
}

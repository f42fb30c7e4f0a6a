import MQTTCodec
import NIOCore
import Testing

@testable import MQTTClient

@Suite("A session receives")
struct IncomingTests {
    private func publish(_ identifier: UInt16, _ qos: QoS, dup: Bool = false) -> ControlPacket {
        .publish(Publish(topicName: "t", qos: qos, dup: dup, packetIdentifier: identifier))
    }

    @Test("[MQTT-4.6.0-2] PUBACKs leave in the order of their PUBLISHes, whatever is done first")
    func order() throws {
        let server = ScriptedServer()
        try server.connect()
        server.send(publish(7, .atLeastOnce), publish(8, .atLeastOnce), publish(9, .exactlyOnce))
        let deliveries = server.actions().compactMap(\.delivery)
        #expect(deliveries.count == 3)
        server.session.acknowledge(deliveries[2], at: server.now)
        server.session.acknowledge(deliveries[1], at: server.now)
        #expect(try server.sent().isEmpty)
        server.session.acknowledge(deliveries[0], at: server.now)
        let sent = try server.sent().compactMap(\.acknowledgement)
        #expect(sent.map(\.packetIdentifier) == [7, 8, 9])
        #expect(sent.map(\.type) == [.puback, .puback, .pubrec])
    }

    @Test("[MQTT-4.3.3-10] QoS 2 is handed on once, however often it comes before PUBREL")
    func exactlyOnce() throws {
        let server = ScriptedServer()
        try server.connect()
        server.send(publish(3, .exactlyOnce))
        let delivery = try #require(server.actions().compactMap(\.delivery).first)
        server.send(publish(3, .exactlyOnce, dup: true))
        #expect(!server.hasDelivered())
        server.session.acknowledge(delivery, at: server.now)
        #expect(try server.sent().compactMap(\.acknowledgement).map(\.type) == [.pubrec])
        server.send(publish(3, .exactlyOnce, dup: true))
        #expect(!server.hasDelivered())
        #expect(try server.sent().compactMap(\.acknowledgement).map(\.type) == [.pubrec])
        server.acknowledge(.pubrel, 3)
        #expect(try server.sent().compactMap(\.acknowledgement).map(\.reasonCode) == [.success])
        server.send(publish(3, .exactlyOnce))
        #expect(server.hasDelivered(), "after PUBREL it is a new message")
    }

    @Test("QoS 2 stays exactly once across connections", arguments: [false, true])
    func acrossConnections(answeredOffline: Bool) throws {
        let server = ScriptedServer()
        try server.connect()
        server.send(publish(3, .exactlyOnce), publish(4, .atLeastOnce))
        let deliveries = server.actions().compactMap(\.delivery)
        server.session.connectionLost()
        if answeredOffline {
            for delivery in deliveries { server.session.acknowledge(delivery, at: server.now) }
        }
        try server.connect(sessionPresent: true)
        _ = server.actions()
        server.send(publish(3, .exactlyOnce, dup: true), publish(4, .atLeastOnce, dup: true))
        #expect(!server.hasDelivered())
        if !answeredOffline {
            #expect(try server.sent().isEmpty)
            for delivery in deliveries { server.session.acknowledge(delivery, at: server.now) }
        }
        #expect(try server.sent().compactMap(\.acknowledgement).map(\.type) == [.pubrec, .puback])
        server.session.connectionLost()
        try server.connect(sessionPresent: true)
        server.acknowledge(.pubrel, 3)
        #expect(
            try server.sent().compactMap(\.acknowledgement)
                == [Acknowledgement(.pubcomp, packetIdentifier: 3)])
    }

    @Test("A packet identifier that a new session uses again is a new message")
    func newSession() throws {
        let server = ScriptedServer()
        try server.connect()
        server.send(publish(3, .exactlyOnce))
        let old = try #require(server.actions().compactMap(\.delivery).first)
        server.session.connectionLost()
        try server.connect(sessionPresent: false)
        server.send(publish(3, .exactlyOnce))
        let new = try #require(server.actions().compactMap(\.delivery).first)
        #expect(new != old)
        server.session.acknowledge(old, at: server.now)
        #expect(try server.sent().isEmpty, "the old message has no answer any more")
    }

    @Test("[MQTT-3.6.2-1] PUBREL for what is not known is answered all the same")
    func unknownRelease() throws {
        let server = ScriptedServer()
        try server.connect()
        server.acknowledge(.pubrel, 77)
        let answer = try #require(try server.sent().first?.acknowledgement)
        #expect(answer.type == .pubcomp && answer.reasonCode == .packetIdentifierNotFound)
    }

    @Test("A refusal says why, and frees the packet identifier of QoS 2 without PUBREL")
    func refuse() throws {
        let server = ScriptedServer()
        try server.connect()
        server.send(publish(3, .exactlyOnce))
        let delivery = try #require(server.actions().compactMap(\.delivery).first)
        server.session.acknowledge(delivery, .payloadFormatInvalid, at: server.now)
        #expect(
            try server.sent().compactMap(\.acknowledgement).map(\.reasonCode) == [.payloadFormatInvalid])
        server.send(publish(3, .exactlyOnce))
        #expect(server.hasDelivered())
    }

    @Test("[MQTT-3.3.2-10] the server's topic aliases stand for their topics, within the maximum")
    func aliases() throws {
        let server = ScriptedServer(properties: [.topicAliasMaximum(1)])
        try server.connect()
        server.send(.publish(Publish(topicName: "long/topic", properties: [.topicAlias(1)])))
        server.send(.publish(Publish(topicName: "", properties: [.topicAlias(1)])))
        var topics: [MQTTString] = []
        for case .received(let packet, _) in server.actions() { topics.append(packet.topicName) }
        #expect(topics == ["long/topic", "long/topic"])
        server.send(.publish(Publish(topicName: "x", properties: [.topicAlias(2)])))
        #expect(server.actions().compactMap(\.closing) == [.protocolViolation(.invalidTopicAlias)])
        #expect(
            try server.sent() == [.disconnect(Disconnect(reasonCode: .topicAliasInvalid))])
    }

    @Test("Packets may come in any pieces")
    func pieces() throws {
        let server = ScriptedServer()
        try server.connect()
        var bytes = ByteBuffer()
        for number in 1...20 as ClosedRange<UInt16> {
            publish(number, .atLeastOnce).encode(into: &bytes, version: .v5)
        }
        var count = 0
        while let byte = bytes.readSlice(length: min(3, bytes.readableBytes)), byte.readableBytes > 0 {
            var piece = byte
            server.session.received(&piece, at: server.now)
            count += server.actions().filter(\.isDelivery).count
        }
        #expect(count == 20)
    }
}

import MQTTCodec
import NIOCore
import Testing

@testable import MQTTClient

@Suite("A session sends again")
struct ResendTests {
    /// A session with so many messages on their way, whose texts are their tokens, and no connection.
    private func interrupted(
        _ count: UInt64, qos: (UInt64) -> QoS = { _ in .atLeastOnce }
    ) throws -> ScriptedServer {
        let server = ScriptedServer()
        try server.connect()
        for token in 1...count { server.publish("t", "\(token)", qos: qos(token), token: token) }
        #expect(try server.sent().count == Int(count))
        server.session.connectionLost()
        _ = server.actions()
        return server
    }

    private func texts(_ packets: [Publish]) -> [String] { packets.map { String(buffer: $0.payload) } }

    @Test("[MQTT-3.3.4-7] [MQTT-4.4.0-1] [MQTT-4.6.0-1] A Receive Maximum that is lower now bounds that too")
    func receiveMaximum() throws {
        let server = try interrupted(20)
        server.publish("t", "21", qos: .atLeastOnce, token: 21)
        server.publish("t", "22", qos: .exactlyOnce, token: 22)
        try server.connect(sessionPresent: true, [.receiveMaximum(2)])
        var all = try server.sent().compactMap(\.publish)
        #expect(all.map(\.packetIdentifier) == [1, 2])
        for identifier in 1...20 as ClosedRange<UInt16> {
            server.acknowledge(.puback, identifier)
            let next = try server.sent().compactMap(\.publish)
            #expect(next.count == 1)
            all += next
        }
        #expect(texts(all) == (1...22).map(String.init))
        #expect(all.prefix(20).map(\.packetIdentifier) == Array(1...20))
        #expect(all.map(\.dup) == (1...22).map { $0 <= 20 })
        server.acknowledge(.puback, all[20].packetIdentifier)
        server.acknowledge(.pubrec, all[21].packetIdentifier)
        server.acknowledge(.pubcomp, all[21].packetIdentifier)
        #expect(server.actions().compactMap(\.succeeded) == Array(1...22))
    }

    @Test("[MQTT-3.3.4-7] [MQTT-3.3.4-8] PUBREL leaves at once, and its message counts until PUBCOMP")
    func released() throws {
        let server = ScriptedServer()
        try server.connect()
        for token in 1...5 as ClosedRange<UInt64> {
            server.publish("t", "\(token)", qos: .exactlyOnce, token: token)
        }
        for identifier in 1...3 as ClosedRange<UInt16> { server.acknowledge(.pubrec, identifier) }
        _ = try server.sent()
        server.session.connectionLost()
        server.session.subscribe([Subscribe.Entry("a")], [], token: 9, at: server.now)
        try server.connect(sessionPresent: true, [.receiveMaximum(2)])
        #expect(try server.sent().map(\.type) == [.pubrel, .pubrel, .pubrel, .subscribe])
        server.acknowledge(.pubcomp, 1)
        #expect(try server.sent().isEmpty)
        server.acknowledge(.pubcomp, 2)
        #expect(try server.sent().compactMap(\.publish).map(\.packetIdentifier) == [4])
        server.acknowledge(.pubcomp, 3)
        #expect(try server.sent().compactMap(\.publish).map(\.packetIdentifier) == [5])
    }

    @Test("What is answered before it was sent again is not sent again", arguments: [1, 2] as [UInt8])
    func answeredEarly(qos: UInt8) throws {
        let qos = try #require(QoS(rawValue: qos))
        let server = try interrupted(4) { _ in qos }
        try server.connect(sessionPresent: true, [.receiveMaximum(1)])
        #expect(try server.sent().compactMap(\.publish).map(\.packetIdentifier) == [1])
        if qos == .atLeastOnce {
            for identifier in [3, 1, 2] as [UInt16] { server.acknowledge(.puback, identifier) }
        } else {
            for identifier in [3, 1, 2] as [UInt16] { server.acknowledge(.pubrec, identifier) }
            for identifier in [3, 1, 2] as [UInt16] { server.acknowledge(.pubcomp, identifier) }
        }
        #expect(try server.sent().compactMap(\.publish).map(\.packetIdentifier).contains(3) == false)
        server.acknowledge(qos == .atLeastOnce ? .puback : .pubrec, 4)
        if qos == .exactlyOnce { server.acknowledge(.pubcomp, 4) }
        #expect(Set(server.actions().compactMap(\.succeeded)) == [1, 2, 3, 4])
        #expect(server.session.inFlight.isEmpty && server.session.resending.isEmpty)
    }

    @Test("[MQTT-4.6.0-1] A connection that is lost on the way changes nothing of the order")
    func interruptedAgain() throws {
        let server = try interrupted(5) { $0 % 2 == 0 ? .exactlyOnce : .atLeastOnce }
        try server.connect(sessionPresent: true, [.receiveMaximum(2)])
        #expect(texts(try server.sent().compactMap(\.publish)) == ["1", "2"])
        server.acknowledge(.puback, 1)
        #expect(texts(try server.sent().compactMap(\.publish)) == ["3"])
        server.session.connectionLost()
        try server.connect(sessionPresent: true)
        let sent = try server.sent().compactMap(\.publish)
        #expect(texts(sent) == ["2", "3", "4", "5"])
        #expect(sent.allSatisfy { $0.dup })
    }

    @Test("A session that is gone: what still waited to be sent again is sent anew, once")
    func sessionGone() throws {
        let server = try interrupted(4)
        try server.connect(sessionPresent: true, [.receiveMaximum(1)])
        _ = try server.sent()
        server.session.connectionLost()
        try server.connect(sessionPresent: false)
        let sent = try server.sent().compactMap(\.publish)
        #expect(texts(sent) == ["1", "2", "3", "4"])
        #expect(sent.allSatisfy { !$0.dup })
    }

    @Test("A connection that takes no more bytes holds it back, too")
    func backpressure() throws {
        let server = try interrupted(3)
        server.session.connectionOpened(at: server.now)
        _ = try server.sent()
        server.session.isWritable = false
        server.send(.connack(Connack(sessionPresent: true)))
        #expect(try server.sent().isEmpty)
        server.session.isWritable = true
        server.session.sendOutbox(at: server.now)
        #expect(texts(try server.sent().compactMap(\.publish)) == ["1", "2", "3"])
    }
}

import MQTTCodec
import NIOCore
import Testing

@testable import MQTTClient

@Suite("A session connects")
struct ConnectionTests {
    @Test("[MQTT-3.2.0-1] nothing may come before CONNACK")
    func beforeConnack() throws {
        let server = ScriptedServer()
        server.session.connectionOpened(at: server.now)
        server.send(.pingresp)
        #expect(server.actions().count == 1)
        #expect(server.session.phase == .closing)
    }

    @Test("[MQTT-3.2.0-2] a second CONNACK breaks the protocol")
    func secondConnack() throws {
        let server = ScriptedServer()
        try server.connect()
        _ = server.actions()
        server.send(.connack(Connack()))
        #expect(server.actions().compactMap(\.closing).count == 1)
        #expect(try server.sent() == [.disconnect(Disconnect(reasonCode: .protocolError))])
    }

    @Test("[MQTT-3.2.2-4] Session Present is not accepted where a new session was asked for")
    func unexpectedSession() throws {
        let server = ScriptedServer()
        try server.connect(sessionPresent: true)
        #expect(server.actions().compactMap(\.closing).count == 1)
        let durable = ScriptedServer(cleanStart: false)
        try durable.connect(sessionPresent: true)
        #expect(durable.session.phase == .connected)
    }

    @Test(
        "A session that ends with its connection begins anew each time", arguments: ProtocolVersion.allCases)
    func transient(version: ProtocolVersion) throws {
        let server = ScriptedServer(version, properties: [])
        try server.connect()
        server.session.connectionLost()
        #expect(try server.connect().cleanStart)
    }

    @Test("[MQTT-3.1.3-6] an identifier that the server gave is kept for the next connection")
    func assignedIdentifier() throws {
        let server = ScriptedServer { $0.connect.clientIdentifier = "" }
        #expect(try server.connect([.assignedClientIdentifier("given")]).clientIdentifier == "")
        server.session.connectionLost()
        #expect(try server.connect(sessionPresent: true).clientIdentifier == "given")
    }

    @Test("A refusal is told with its code")
    func refusal() throws {
        let server = ScriptedServer()
        server.session.connectionOpened(at: server.now)
        server.send(.connack(Connack(reasonCode: .banned)))
        #expect(server.actions() == [.refused(Connack(reasonCode: .banned))])
    }

    @Test("No CONNACK in time ends the attempt")
    func connackTimeout() throws {
        let server = ScriptedServer()
        server.session.connectionOpened(at: server.now)
        server.pass(.seconds(11))
        server.session.advance(to: server.now, isReading: true)
        #expect(server.actions() == [.close(.timedOut)])
    }

    @Test("[MQTT-3.1.2-20] PINGREQ comes after a keep alive of silence, and only then")
    func keepAlive() throws {
        let server = ScriptedServer(keepAlive: 30)
        try server.connect()
        _ = server.actions()
        server.pass(.seconds(29))
        server.session.advance(to: server.now, isReading: true)
        #expect(try server.sent().isEmpty)
        server.pass(.seconds(1))
        server.session.advance(to: server.now, isReading: true)
        #expect(try server.sent() == [.pingreq])
        server.send(.pingresp)
        server.pass(.seconds(29))
        server.session.advance(to: server.now, isReading: true)
        #expect(try server.sent().isEmpty && server.actions().isEmpty)
    }

    @Test("[MQTT-3.2.2-21] the server's keep alive counts")
    func serverKeepAlive() throws {
        let server = ScriptedServer(keepAlive: 30)
        try server.connect([.serverKeepAlive(5)])
        server.pass(.seconds(5))
        server.session.advance(to: server.now, isReading: true)
        #expect(try server.sent() == [.pingreq])
    }

    @Test("A server that answers no PINGREQ is left, but not while nothing of it is read")
    func silence() throws {
        let server = ScriptedServer(keepAlive: 30)
        try server.connect()
        _ = server.actions()
        server.pass(.seconds(30))
        server.session.advance(to: server.now, isReading: true)
        server.pass(.seconds(20))
        server.session.advance(to: server.now, isReading: false)
        #expect(server.actions().isEmpty)
        server.pass(.seconds(20))
        server.session.advance(to: server.now, isReading: true)
        #expect(server.actions() == [.close(.timedOut)])
    }

    @Test("A SUBSCRIBE without its answer is sent on the next connection")
    func subscribeAgain() throws {
        let server = ScriptedServer()
        server.session.subscribe([Subscribe.Entry("a")], [], token: 5, at: server.now)
        try server.connect()
        #expect(try server.sent() == [.subscribe(Subscribe(packetIdentifier: 1, [Subscribe.Entry("a")]))])
        server.session.connectionLost()
        try server.connect(sessionPresent: true)
        #expect(try server.sent() == [.subscribe(Subscribe(packetIdentifier: 1, [Subscribe.Entry("a")]))])
        _ = server.actions()
        let answer = SubscriptionAcknowledgement(.suback, packetIdentifier: 1, [.grantedQoS0])
        server.send(.subscriptionAcknowledgement(answer))
        #expect(server.actions() == [.subscribed(5, .success(answer))])
    }

    @Test("[MQTT-3.8.4-6] a SUBACK with another number of codes breaks the protocol")
    func wrongSuback() throws {
        let server = ScriptedServer()
        try server.connect()
        _ = server.actions()
        server.session.subscribe([Subscribe.Entry("a")], [], token: 5, at: server.now)
        server.send(
            .subscriptionAcknowledgement(
                SubscriptionAcknowledgement(.suback, packetIdentifier: 1, [.grantedQoS0, .grantedQoS0])))
        #expect(server.actions().compactMap(\.closing).count == 1)
    }

    @Test("Delays double, stay below the maximum, and leave half to chance")
    func backoff() {
        var random = SystemRandomNumberGenerator()
        let policy = ReconnectPolicy(initialDelay: .seconds(1), maximumDelay: .seconds(60))
        for (attempt, full) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (500, 60)] {
            for _ in 0..<50 {
                let delay = policy.delay(before: attempt, using: &random)
                #expect(delay >= .seconds(full) / 2 && delay <= .seconds(full))
            }
        }
    }
}

import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("CONNECT, section 3.1")
struct ConnectTests {
    @Test(
        "[MQTT-3.1.0-1] A first packet that is no CONNECT ends the connection without an answer",
        arguments: [
            ControlPacket.pingreq, .disconnect(Disconnect()), .publish(Publish(topicName: "a")),
            .subscribe(Subscribe(packetIdentifier: 1, [.init("a")])), .auth(Auth()),
            .connack(Connack()), .pingresp,
        ])
    func firstPacket(packet: ControlPacket) {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let client = harness.client()
        client.send(packet)
        #expect(client.isClosed)
        #expect(client.received.isEmpty)
        #expect(watcher.received.isEmpty)
        #expect(harness.counters.connected == 1)
    }

    @Test(
        "[MQTT-3.1.0-2] A second CONNECT is a protocol error and ends the connection",
        arguments: ProtocolVersion.allCases)
    func secondConnect(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.send(.connect(Connect(version: version, clientIdentifier: "alice")))
        expectDisconnected(client, .protocolError)
    }

    @Test(
        "[MQTT-3.1.4-5] Packets sent before CONNACK are answered after it, in order",
        arguments: ProtocolVersion.allCases)
    func pipelined(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.client("alice", version)
        client.send(
            .connect(Connect(version: version, clientIdentifier: "alice")),
            .subscribe(Subscribe(packetIdentifier: 7, [.init("a/b", .init(qos: .atMostOnce))])),
            .publish(Publish(topicName: "a/b", payload: ByteBuffer(string: "x"))), .pingreq)
        #expect(
            client.received == [
                .connack(Connack(properties: client.connackProperties)),
                .subscriptionAcknowledgement(.init(.suback, packetIdentifier: 7, [.grantedQoS0])),
                .publish(Publish(topicName: "a/b", payload: ByteBuffer(string: "x"))), .pingresp,
            ])
    }

    @Test("[MQTT-3.1.4-6] Nothing is processed after a CONNECT that was refused")
    func nothingAfterRefusal() {
        let harness = EngineHarness(authenticates: true)
        harness.onAuthenticate = { $0.clientIdentifier == "watcher" ? .accepted() : nil }
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let client = harness.client("mallory")
        client.send(
            .connect(Connect(clientIdentifier: "mallory")),
            .publish(Publish(topicName: "a", retain: true)), .pingreq)
        #expect(client.received.isEmpty)
        #expect(watcher.received.isEmpty)
        harness.answerAuthentication(.refused(.badUserNameOrPassword))
        expectRefused(client, client.takeConnack(), .badUserNameOrPassword)
        #expect(watcher.received.isEmpty)
        #expect(harness.counters.retainedMessages == 0)
    }

    @Test("[MQTT-3.1.2-1] [MQTT-3.1.1/3.1.2-1] Another protocol's name ends the connection")
    func otherProtocol() {
        let harness = EngineHarness()
        for level: UInt8 in [3, 4, 5] {
            let client = harness.client()
            client.send(bytes: Raw.connect(name: "MQTX", level: level))
            #expect(client.isClosed)
            #expect(
                client.takeConnack()?.reasonCode ?? .unsupportedProtocolVersion == .unsupportedProtocolVersion
            )
        }
        #expect(harness.counters.sessions == 0)
    }

    @Test("[MQTT-3.1.2-2] A level above 5 is refused with 0x84 in the form of 5.0", arguments: [6, 7, 255])
    func unsupportedLevel(level: UInt8) {
        let harness = EngineHarness()
        let client = harness.client("client", .v5)
        client.send(bytes: Raw.connect(level: level))
        expectRefused(client, client.takeConnack(), .unsupportedProtocolVersion)
    }

    @Test("[MQTT-3.1.1/3.1.2-2] A level below 5 that is not spoken is refused with 0x01 in the form of 3.1.1")
    func unsupportedOldLevel() {
        let harness = EngineHarness()
        for (name, level) in [("MQTT", 3), ("MQTT", 2), ("MQIsdp", 4)] as [(String, UInt8)] {
            let client = harness.client("client", .v3_1_1)
            client.send(bytes: Raw.connect(name: name, level: level))
            expectRefused(client, client.takeConnack(), .unsupportedProtocolVersion)
        }
    }

    @Test("The bridge bit on the level byte of 3.x is tolerated", arguments: [ProtocolVersion.v3_1, .v3_1_1])
    func bridge(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.client("bridge", version)
        client.send(.connect(Connect(version: version, clientIdentifier: "bridge", isBridge: true)))
        #expect(client.takeConnack()?.reasonCode == .success)
        #expect(client.ping())
    }

    @Test(
        "[MQTT-3.1.2-3] [MQTT-3.1.2-11] [MQTT-3.1.2-12] [MQTT-3.1.2-13] Flags that contradict each other are malformed",
        arguments: [0x03, 0x0A, 0x12, 0x22, 0x1E] as [UInt8], [4, 5] as [UInt8])
    func flags(flags: UInt8, level: UInt8) {
        let harness = EngineHarness()
        let client = harness.client("client", level == 5 ? .v5 : .v3_1_1)
        let willProperties: [UInt8] = level == 5 ? [0] : []
        let will = flags & 0x04 != 0 ? willProperties + Raw.string("will") + Raw.string("") : []
        client.send(bytes: Raw.connect(level: level, flags: flags, payload: Raw.string("client"), will))
        #expect(client.isClosed)
        #expect(client.takeConnack()?.reasonCode.isFailure ?? true)
        #expect(harness.counters.sessions == 0)
    }

    @Test(
        "[MQTT-3.1.2-9] [MQTT-3.1.2-16] [MQTT-3.1.2-17] [MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT-3.1.4-1] Fields that flags promise or deny must be there or not",
        arguments: [
            // A user name, a password, a will, a will topic that are missing.
            Raw.connect(flags: 0x82, payload: Raw.string("client")),
            Raw.connect(flags: 0xC2, payload: Raw.string("client"), Raw.string("user")),
            Raw.connect(flags: 0x06, payload: Raw.string("client")),
            Raw.connect(flags: 0x06, payload: Raw.string("client"), [0], Raw.string("will")),
            // A user name, a password that no flag announces.
            Raw.connect(flags: 0x02, payload: Raw.string("client"), Raw.string("user")),
            Raw.connect(
                flags: 0x82, payload: Raw.string("client"), Raw.string("user"), Raw.string("password")),
            // A field that runs past the packet's end.
            Raw.connect(payload: [0, 9, 65]),
        ])
    func fields(bytes: [UInt8]) {
        let harness = EngineHarness()
        let client = harness.client()
        client.send(bytes: bytes)
        #expect(client.isClosed)
        #expect(client.takeConnack()?.reasonCode ?? .malformedPacket == .malformedPacket)
        #expect(harness.counters.sessions == 0)
    }

    @Test("[MQTT-3.1.3-1] The fields of the payload are taken in their order")
    func fieldOrder() {
        let harness = EngineHarness(authenticates: true)
        let client = harness.client()
        client.send(
            bytes: Raw.connect(
                flags: 0xC6, payload: Raw.string("alice"), [5, 24, 0, 0, 0, 0], Raw.string("will/topic"),
                Raw.string("last words"), Raw.string("user"), Raw.string("secret")))
        let request = harness.authentications.first?.request
        #expect(request?.clientIdentifier == "alice")
        #expect(request?.userName == "user")
        #expect(request?.password == Array("secret".utf8))
        harness.answerAuthentication(.accepted())
        #expect(client.takeConnack()?.reasonCode == .success)
        let watcher = harness.client("watcher")
        harness.onAuthenticate = { _ in .accepted() }
        watcher.connect()
        watcher.subscribe("will/#")
        client.loseConnection()
        #expect(watcher.messages.map(\.topicName) == ["will/topic"])
        #expect(watcher.payloads == ["last words"])
    }

    @Test(
        "[MQTT-3.1.3-3] [MQTT-3.1.3-4] [MQTT-1.5.4-1] [MQTT-1.5.4-2] A client identifier that is missing or no string is malformed"
    )
    func identifierString() {
        let harness = EngineHarness()
        let none = harness.client()
        none.send(bytes: Raw.packet(0x10, Raw.string("MQTT"), [5, 2, 0, 0, 0]))
        #expect(none.isClosed)
        for bad in Raw.badStrings {
            let client = harness.client()
            client.send(bytes: Raw.connect(payload: Raw.string(bad)))
            #expect(client.isClosed)
            #expect(client.takeConnack()?.reasonCode ?? .malformedPacket == .malformedPacket)
        }
        #expect(harness.counters.sessions == 0)
    }

    @Test(
        "[MQTT-3.1.3-11] [MQTT-3.1.3-12] A will topic and a user name must be strings, the topic without wildcards"
    )
    func otherStrings() {
        let harness = EngineHarness()
        for bad in Raw.badStrings {
            let user = harness.client()
            user.send(bytes: Raw.connect(flags: 0x82, payload: Raw.string("client"), Raw.string(bad)))
            #expect(user.isClosed)
            let will = harness.client()
            will.send(
                bytes: Raw.connect(
                    flags: 0x06, payload: Raw.string("client"), [0], Raw.string(bad), Raw.string("")))
            #expect(will.isClosed)
        }
        for topic: MQTTString in ["", "a/#", "+/b"] {
            let client = harness.client()
            client.connect(will: Will(topic: topic))
            #expect(client.isClosed)
        }
        #expect(harness.counters.sessions == 0)
    }

    @Test(
        "[MQTT-3.1.3-5] Identifiers of 1 to 23 letters and digits are allowed",
        arguments: ProtocolVersion.allCases)
    func identifiers(version: ProtocolVersion) {
        let harness = EngineHarness()
        let letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        for identifier in [String(letters.prefix(1)), String(letters.prefix(23)), String(letters.suffix(23))]
        {
            #expect(harness.client(MQTTString(identifier), version).connect()?.reasonCode == .success)
        }
    }

    @Test("[MQTT-3.1.3-2] State belongs to the client identifier, byte for byte")
    func identity() {
        let harness = EngineHarness()
        // "é" composed and decomposed: equal for String, two clients for MQTT.
        let composed = harness.client("caf\u{E9}")
        let decomposed = harness.client("cafe\u{301}")
        composed.resume()
        decomposed.resume()
        #expect(composed.isOpen && decomposed.isOpen)
        composed.subscribe("a", qos: .atLeastOnce)
        composed.loseConnection()
        decomposed.loseConnection()
        let first = composed.again()
        #expect(first.resume()?.sessionPresent == true)
        let second = decomposed.again()
        #expect(second.resume()?.sessionPresent == true)
        harness.connected("bob").publish("a", "x", qos: .atLeastOnce)
        #expect(first.payloads == ["x"])
        #expect(second.payloads == [])
        #expect(harness.client("cafe").resume()?.sessionPresent == false)
    }

    @Test(
        "[MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16] A client without identifier gets one of its own and is told"
    )
    func assignedIdentifier() throws {
        let harness = EngineHarness()
        let first = harness.client("")
        let second = harness.client("")
        let one = try #require(first.connect(sessionExpiry: 100)?.properties.assignedClientIdentifier)
        let two = try #require(second.connect(sessionExpiry: 100)?.properties.assignedClientIdentifier)
        #expect(one != two)
        #expect(!one.isEmpty && !two.isEmpty)
        first.subscribe("a", qos: .atLeastOnce)
        first.loseConnection()
        let again = harness.client(one)
        let connack = again.connect(cleanStart: false, sessionExpiry: 100)
        #expect(connack?.sessionPresent == true)
        #expect(connack?.properties.assignedClientIdentifier == nil)
        second.publish("a", "x", qos: .atLeastOnce)
        #expect(again.payloads == ["x"])
    }

    @Test("[MQTT-3.1.3-8] A server that assigns no identifiers refuses an empty one with 0x85")
    func noAssignment() {
        let harness = EngineHarness { $0.offer.assignsClientIdentifiers = false }
        let client = harness.client("")
        expectRefused(client, client.connect(), .clientIdentifierNotValid)
        let old = harness.client("", .v3_1_1)
        expectRefused(old, old.connect(), .clientIdentifierNotValid)
    }

    @Test(
        "[MQTT-3.1.4-2] Credentials that are not accepted end the connection",
        arguments: ProtocolVersion.allCases)
    func authentication(version: ProtocolVersion) {
        let harness = EngineHarness(authenticates: true)
        harness.onAuthenticate = {
            $0.password == Array("right".utf8) ? .accepted() : .refused(.badUserNameOrPassword)
        }
        let wrong = harness.client("alice", version)
        expectRefused(wrong, wrong.connect(userName: "u", password: "wrong"), .badUserNameOrPassword)
        let right = harness.client("alice", version)
        #expect(right.connect(userName: "u", password: "right")?.reasonCode == .success)
        #expect(harness.counters.connectionsRefused == 1)
        #expect(harness.counters.connectionsAccepted == 1)
    }

    @Test("5.0 allows a password without a user name")
    func passwordAlone() {
        let harness = EngineHarness(authenticates: true)
        harness.onAuthenticate = { $0.password == [1, 0, 255] && $0.userName == nil ? .accepted() : nil }
        let client = harness.client()
        client.send(.connect(Connect(clientIdentifier: "client", password: [1, 0, 255])))
        #expect(client.takeConnack()?.reasonCode == .success)
    }

    @Test(
        "[MQTT-3.1.4-3] A second connection takes the session over; the first one gets DISCONNECT 0x8E",
        arguments: ProtocolVersion.allCases)
    func takeOver(version: ProtocolVersion) {
        let harness = EngineHarness()
        let first = harness.client("alice", version)
        first.resume()
        first.subscribe("a", qos: .atLeastOnce)
        let second = first.again()
        #expect(second.resume()?.reasonCode == .success)
        expectDisconnected(first, .sessionTakenOver)
        harness.connected("bob").publish("a", "x", qos: .atLeastOnce)
        #expect(second.payloads == ["x"])
        #expect(first.messages.isEmpty)
        #expect(harness.counters.connected == 2)
    }

    @Test("A late event about a connection that was taken over finds nobody")
    func lateEvents() throws {
        let harness = EngineHarness()
        let first = harness.connected("alice")
        let connection = try #require(first.connection)
        let second = first.again()
        second.connect()
        harness.received(ByteBuffer(bytes: Raw.encoded(.pingreq)), on: connection)
        harness.connectionLost(connection)
        harness.writabilityChanged(false, of: connection)
        #expect(second.ping())
    }

    @Test("CONNECT may come in pieces of any size", arguments: [1, 2, 3, 7], ProtocolVersion.allCases)
    func pieces(size: Int, version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.client("alice", version)
        let connect = Connect(
            version: version, clientIdentifier: "alice", will: Will(topic: "will", payload: [1, 2, 3]),
            userName: "user", password: [4, 5])
        client.send(.connect(connect), inPiecesOf: size)
        #expect(client.takeConnack()?.reasonCode == .success)
        client.send(.subscribe(Subscribe(packetIdentifier: 1, [.init("a/b")])), inPiecesOf: size)
        #expect(client.takeSubscriptionAcknowledgement(.suback, 1)?.reasonCodes == [.success])
    }

    @Test("[MQTT-3.1.4-3] Only who is let in takes a session over", arguments: ProtocolVersion.allCases)
    func refusedTakeOver(version: ProtocolVersion) {
        let harness = EngineHarness(authenticates: true)
        harness.onAuthenticate = { $0.password == Array("right".utf8) ? .accepted() : nil }
        let first = harness.client("alice", version)
        first.connect(userName: "u", password: "right")
        let second = first.again()
        second.connect(userName: "u", password: "wrong")
        #expect(first.ping())
        harness.answerAuthentication(.refused(.badUserNameOrPassword))
        #expect(second.isClosed)
        #expect(first.ping())
    }

    @Test("Of two connections that are authenticated at once, the one accepted last has the session")
    func concurrentConnects() {
        let harness = EngineHarness(authenticates: true)
        let first = harness.client("alice")
        let second = first.again()
        first.connect(sessionExpiry: 100)
        second.connect(cleanStart: false, sessionExpiry: 100)
        harness.answerAuthentication(.accepted())
        #expect(first.takeConnack()?.reasonCode == .success)
        harness.answerAuthentication(.accepted())
        #expect(second.takeConnack()?.sessionPresent == true)
        expectDisconnected(first, .sessionTakenOver)
        #expect(second.ping())
        #expect(harness.counters.connected == 1 && harness.counters.sessions == 1)
    }

    @Test("[MQTT-3.1.4-5] CONNECT and DISCONNECT in one piece: accepted, and the will discarded")
    func hello() {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let client = harness.client("alice")
        client.send(
            .connect(Connect(clientIdentifier: "alice", will: Will(topic: "will"))),
            .publish(Publish(topicName: "a")), .disconnect(Disconnect()))
        #expect(client.takeConnack()?.reasonCode == .success)
        #expect(client.isClosed)
        #expect(watcher.messages.map(\.topicName) == ["a"])
        #expect(harness.counters.sessions == 1)
    }
}

extension TestClient {
    /// The properties of the CONNACK that lies in `received`.
    fileprivate var connackProperties: Properties {
        for case .connack(let packet) in received { return packet.properties }
        return []
    }
}

import MQTTClient
import MQTTCodec
import NIOCore

extension Check {
    static let connecting: [Check] = {
        var group = CheckGroup("CONNECT")
        group.check("CONNECT is answered by CONNACK first", ["MQTT-3.2.0-1"], .both) { trial in
            let (_, connack) = try await trial.open(trial.connect("a"))
            try require(connack.reasonCode == .success, "the code was \(connack.reasonCode)")
            try require(!connack.sessionPresent, "a clean start has no session [MQTT-3.2.2-2]")
        }
        group.check("A second CONNECT ends the connection", ["MQTT-3.1.0-2"], .both) { trial in
            let peer = try await trial.client()
            peer.send(.connect(trial.connect("a")))
            try await peer.expectEnd([.protocolError])
        }
        group.check("A first packet that is no CONNECT ends the connection", ["MQTT-3.1.0-1"], .both) {
            trial in
            let peer = try await trial.peer()
            peer.send(.pingreq)
            try await peer.expectEnd()
        }
        group.check("A client without identifier is given one", ["MQTT-3.1.3-6", "MQTT-3.1.3-7"]) { trial in
            var connect = trial.connect("a")
            connect.clientIdentifier = ""
            let (_, connack) = try await trial.open(connect)
            try require(connack.reasonCode == .success, "the code was \(connack.reasonCode)")
            let assigned = connack.properties.assignedClientIdentifier
            try require(!(assigned?.isEmpty ?? true), "there is no Assigned Client Identifier")
        }
        group.check("No identifier is taken with a clean session", ["MQTT-3.1.1/3.1.3-6"], .older) { trial in
            var connect = trial.connect("a")
            connect.clientIdentifier = ""
            let (_, connack) = try await trial.open(connect)
            try require(connack.reasonCode == .success, "it was refused")
        }
        group.check(
            "No identifier and no clean session is refused with 0x02", ["MQTT-3.1.1/3.1.3-8"], .older
        ) { trial in
            var connect = trial.connect("a", clean: false)
            connect.clientIdentifier = ""
            let peer = try await trial.peer()
            peer.send(.connect(connect))
            guard case .connack(let connack) = try await peer.packet() else {
                throw CheckFailure("no CONNACK")
            }
            try require(connack.reasonCode == .clientIdentifierNotValid, "the code was \(connack.reasonCode)")
            try await peer.expectEnd()
        }
        group.check("Identifiers of 23 letters and digits are taken", ["MQTT-3.1.3-5"], .both) { trial in
            var connect = trial.connect("a")
            connect.clientIdentifier = "0123456789abcdefghijABC"
            let (_, connack) = try await trial.open(connect)
            try require(connack.reasonCode == .success, "the code was \(connack.reasonCode)")
        }
        group.check("Another client with the identifier takes over", ["MQTT-3.1.4-3"]) { trial in
            let first = try await trial.client()
            _ = try await trial.client()
            try await first.expectEnd([.sessionTakenOver])
        }
        group.check("Another client with the identifier takes over", ["MQTT-3.1.1/3.1.4-2"], .older) {
            trial in
            let first = try await trial.client()
            _ = try await trial.client()
            try await first.expectEnd()
        }
        group.check("A level that is not supported is refused", ["MQTT-3.1.2-2"]) { trial in
            let peer = try await trial.peer()
            peer.send(bytes: [0x10, 14, 0, 4] + Array("MQTT".utf8) + [9, 2, 0, 0, 0, 0, 1, 0x61])
            // Nobody knows what an answer looks like in that version.
            switch try await peer.arrival() {
            case .end, .malformed: return
            case .packet(.connack(let connack)) where connack.reasonCode.isFailure: try await peer.expectEnd()
            case let other: throw CheckFailure("\(other) came")
            }
        }
        group.check("Another protocol's name is refused", ["MQTT-3.1.2-1"], .both) { trial in
            let peer = try await trial.peer()
            let properties: [UInt8] = trial.version == .v5 ? [0] : []
            let body =
                [0, 4] + Array("MQTX".utf8) + [trial.version.rawValue, 2, 0, 0] + properties + [0, 1, 0x61]
            peer.send(bytes: [0x10, UInt8(body.count)] + body)
            try await peer.expectEnd()
        }
        group.check(
            "A client is answered while it is silent, within its keep alive", ["MQTT-3.12.4-1"], .both
        ) {
            let peer = try await $0.client(keepAlive: 30)
            try require(try await peer.fence().isEmpty, "more than PINGRESP came")
        }
        group.check(
            "Silence of one and a half keep alives ends the connection", ["MQTT-3.1.2-22"], .both
        ) { trial in
            let peer = try await trial.client(keepAlive: 1)
            switch try await peer.arrival(within: .seconds(12)) {
            case .packet(.disconnect(let packet)):
                try require(packet.reasonCode == .keepAliveTimeout, "the code was \(packet.reasonCode)")
            case .end: break
            default: throw CheckFailure("the connection was not ended within twelve seconds")
            }
        }
        group.check("DISCONNECT ends the connection", ["section 3.14.4"], .both) { trial in
            try await trial.client().disconnect()
        }
        group.check(
            "A session cannot begin to live longer in DISCONNECT", ["section 3.14.2.2.2"]
        ) { trial in
            let peer = try await trial.client()
            peer.send(.disconnect(Disconnect(properties: [.sessionExpiryInterval(60)])))
            try await peer.expectEnd([.protocolError])
        }
        group.check("Packets larger than the client takes are not sent", ["MQTT-3.1.2-24", "MQTT-3.1.2-25"]) {
            trial in
            let reader = try await trial.client("r", properties: [.maximumPacketSize(100)])
            let writer = try await trial.client("w")
            try await reader.subscribe(trial.topic("t"), qos: .atLeastOnce)
            try await writer.publish(trial.topic("t"), String(repeating: "x", count: 200))
            try await writer.publish(trial.topic("t"), "small")
            try await reader.expect("small")
        }
        group.check("An authentication method that nobody knows is refused", ["MQTT-4.12.0-1"]) { trial in
            let peer = try await trial.peer()
            peer.send(.connect(trial.connect("a", properties: [.authenticationMethod("no-such-method")])))
            try await peer.expectEnd([.badAuthenticationMethod, .notAuthorized])
        }
        group.check("Without Request Problem Information there are no reasons in words", ["MQTT-3.1.2-29"]) {
            trial in
            let peer = try await trial.client(properties: [.requestProblemInformation(0)])
            peer.send(
                .unsubscribe(Unsubscribe(packetIdentifier: 7, [MQTTString(trial.topic("none"))])))
            guard case .subscriptionAcknowledgement(let answer) = try await peer.packet() else {
                throw CheckFailure("no UNSUBACK came")
            }
            try require(answer.properties.reasonString == nil, "there is a Reason String")
        }
        return group.checks
    }()
}

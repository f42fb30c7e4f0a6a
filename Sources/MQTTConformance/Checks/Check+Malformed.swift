import MQTTClient
import MQTTCodec

extension Check {
    /// What is sent after CONNECT, and has to end the connection.
    private struct Bad {
        let name: String
        let statements: [String]
        let bytes: [UInt8]
        var versions: [ProtocolVersion] = [.v5]
        var codes: [ReasonCode] = [.malformedPacket, .protocolError]
    }

    private static let bad: [Bad] = [
        Bad(
            name: "A length of five bytes", statements: ["section 1.5.5"],
            bytes: [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], versions: .both,
            codes: [.malformedPacket, .protocolError, .packetTooLarge]),
        Bad(
            name: "A type of 0", statements: ["section 2.1.2"], bytes: [0x00, 0], versions: .both),
        Bad(
            name: "Flags of PINGREQ", statements: ["MQTT-2.1.3-1"], bytes: [0xC1, 0], versions: .both),
        Bad(
            name: "Flags of DISCONNECT", statements: ["MQTT-3.14.1-1"], bytes: [0xE1, 0], versions: .both),
        Bad(
            name: "Flags of SUBSCRIBE", statements: ["MQTT-3.8.1-1"],
            bytes: [0x80, 7, 0, 1, 0, 0, 1, 0x61, 0]),
        Bad(
            name: "Flags of SUBSCRIBE", statements: ["MQTT-3.8.1-1"], bytes: [0x80, 6, 0, 1, 0, 1, 0x61, 0],
            versions: .older),
        Bad(
            name: "Flags of UNSUBSCRIBE", statements: ["MQTT-3.10.1-1"],
            bytes: [0xA0, 6, 0, 1, 0, 0, 1, 0x61]),
        Bad(
            name: "Flags of UNSUBSCRIBE", statements: ["MQTT-3.10.1-1"], bytes: [0xA0, 5, 0, 1, 0, 1, 0x61],
            versions: .older),
        Bad(name: "Flags of PUBREL", statements: ["MQTT-3.6.1-1"], bytes: [0x60, 2, 0, 1], versions: .both),
        Bad(
            name: "PUBLISH at QoS 3", statements: ["MQTT-3.3.1-4"], bytes: [0x36, 6, 0, 1, 0x61, 0, 1, 0]),
        Bad(
            name: "PUBLISH at QoS 3", statements: ["MQTT-3.3.1-4"], bytes: [0x36, 5, 0, 1, 0x61, 0, 1],
            versions: .older),
        Bad(name: "DUP at QoS 0", statements: ["MQTT-3.3.1-2"], bytes: [0x38, 4, 0, 1, 0x61, 0]),
        Bad(
            name: "A topic with +", statements: ["MQTT-3.3.2-2"], bytes: [0x30, 4, 0, 1, 0x2B, 0],
            codes: [.topicNameInvalid, .malformedPacket, .protocolError]),
        Bad(
            name: "A topic with #", statements: ["MQTT-3.3.2-2"], bytes: [0x30, 3, 0, 1, 0x23],
            versions: .older),
        Bad(
            name: "A topic with U+0000", statements: ["MQTT-1.5.4-2", "MQTT-4.7.3-2"],
            bytes: [0x30, 4, 0, 1, 0, 0],
            codes: [.topicNameInvalid, .malformedPacket, .protocolError]),
        Bad(
            name: "A topic that is no UTF-8", statements: ["MQTT-1.5.4-1"], bytes: [0x30, 4, 0, 1, 0xFF, 0],
            codes: [.topicNameInvalid, .malformedPacket, .protocolError]),
        Bad(
            name: "A topic with a surrogate", statements: ["MQTT-1.5.4-1"],
            bytes: [0x30, 5, 0, 3, 0xED, 0xA0, 0x80], versions: .older),
        Bad(
            name: "No topic and no alias", statements: ["section 3.3.2.1"], bytes: [0x30, 3, 0, 0, 0],
            codes: [.protocolError, .topicNameInvalid, .malformedPacket]),
        Bad(
            name: "No topic", statements: ["MQTT-4.7.3-1"], bytes: [0x30, 2, 0, 0], versions: .older),
        Bad(
            name: "A topic longer than its packet", statements: ["section 1.5.4"],
            bytes: [0x30, 3, 0, 9, 0x61],
            versions: .both),
        Bad(
            name: "A packet identifier of 0", statements: ["MQTT-2.2.1-3"],
            bytes: [0x32, 6, 0, 1, 0x61, 0, 0, 0]),
        Bad(
            name: "A property twice", statements: ["section 3.3.2.3"],
            bytes: [0x30, 8, 0, 1, 0x61, 4, 0x01, 0, 0x01, 0]),
        Bad(
            name: "A property of CONNECT in PUBLISH", statements: ["section 2.2.2"],
            bytes: [0x30, 9, 0, 1, 0x61, 5, 0x11, 0, 0, 0, 1]),
        Bad(
            name: "A property that there is not", statements: ["section 2.2.2"],
            bytes: [0x30, 6, 0, 1, 0x61, 2, 0x7F, 0]),
        Bad(
            name: "A Payload Format Indicator of 2", statements: ["section 3.3.2.3.2"],
            bytes: [0x30, 6, 0, 1, 0x61, 2, 0x01, 2]),
        Bad(
            name: "A Topic Alias of 0", statements: ["MQTT-3.3.2-8"],
            bytes: [0x30, 7, 0, 1, 0x61, 3, 0x23, 0, 0],
            codes: [.topicAliasInvalid, .protocolError, .malformedPacket]),
        Bad(
            name: "A Subscription Identifier from a client", statements: ["MQTT-3.3.4-6"],
            bytes: [0x30, 6, 0, 1, 0x61, 2, 0x0B, 1]),
        Bad(
            name: "A response topic with wildcards", statements: ["MQTT-3.3.2-14"],
            bytes: [0x30, 8, 0, 1, 0x61, 4, 0x08, 0, 1, 0x23],
            codes: [.topicNameInvalid, .malformedPacket, .protocolError]),
        Bad(name: "SUBSCRIBE without filters", statements: ["MQTT-3.8.3-2"], bytes: [0x82, 3, 0, 1, 0]),
        Bad(
            name: "SUBSCRIBE without filters", statements: ["MQTT-3.8.3-2"], bytes: [0x82, 2, 0, 1],
            versions: .older),
        Bad(
            name: "SUBSCRIBE at QoS 3", statements: ["section 3.8.3.1"],
            bytes: [0x82, 7, 0, 1, 0, 0, 1, 0x61, 3]),
        Bad(
            name: "SUBSCRIBE at QoS 3", statements: ["MQTT-3.1.1/3.8.3-4"],
            bytes: [0x82, 6, 0, 1, 0, 1, 0x61, 3],
            versions: .older),
        Bad(
            name: "Reserved bits of subscription options", statements: ["MQTT-3.8.3-5"],
            bytes: [0x82, 7, 0, 1, 0, 0, 1, 0x61, 0x40]),
        Bad(
            name: "Retain Handling of 3", statements: ["section 3.8.3.1"],
            bytes: [0x82, 7, 0, 1, 0, 0, 1, 0x61, 0x30]),
        Bad(
            name: "No Local on a shared subscription", statements: ["MQTT-3.8.3-4"],
            bytes: [0x82, 16, 0, 1, 0, 0, 10] + Array("$share/g/a".utf8) + [0x04]),
        Bad(name: "UNSUBSCRIBE without filters", statements: ["MQTT-3.10.3-2"], bytes: [0xA2, 3, 0, 1, 0]),
        Bad(
            name: "UNSUBSCRIBE without filters", statements: ["MQTT-3.10.3-2"], bytes: [0xA2, 2, 0, 1],
            versions: .older),
        Bad(name: "AUTH without an authentication", statements: ["section 4.12"], bytes: [0xF0, 0]),
        Bad(
            name: "A packet that only servers send", statements: ["MQTT-4.13.1-1"], bytes: [0xD0, 0],
            versions: .both),
    ]

    static let malformed: [Check] = {
        var group = CheckGroup("What ends a connection")
        for bad in bad {
            group.check(bad.name, bad.statements, bad.versions) { trial in
                let peer = try await trial.client()
                peer.send(bytes: bad.bytes)
                try await peer.expectEnd(bad.codes)
            }
        }
        group.check("A reserved flag in CONNECT", ["MQTT-3.1.2-3"], .both) { trial in
            try await refused(trial, flags: 0x03)
        }
        group.check("A will at QoS 3", ["MQTT-3.1.2-12"], .both) { trial in
            try await refused(trial, flags: 0x1E)
        }
        group.check("A will's QoS without a will", ["MQTT-3.1.2-11"], .both) { trial in
            try await refused(trial, flags: 0x0A)
        }
        group.check("A will's RETAIN without a will", ["MQTT-3.1.2-13"], .both) { trial in
            try await refused(trial, flags: 0x22)
        }
        group.check("A Receive Maximum of 0", ["section 3.1.2.11.3"]) { trial in
            let peer = try await trial.peer()
            peer.send(.connect(trial.connect("a", properties: [.receiveMaximum(0)])))
            try await peer.expectEnd([.protocolError, .malformedPacket])
        }
        group.check("Authentication Data without a method", ["section 3.1.2.11.10"]) { trial in
            let peer = try await trial.peer()
            peer.send(.connect(trial.connect("a", properties: [.authenticationData([1])])))
            try await peer.expectEnd([.protocolError, .malformedPacket])
        }
        return group.checks
    }()

    /// CONNECT with flags that cannot be.
    private static func refused(_ trial: Trial, flags: UInt8) async throws {
        let peer = try await trial.peer()
        let properties: [UInt8] = trial.version == .v5 ? [0] : []
        let body =
            [0, 4] + Array("MQTT".utf8) + [trial.version.rawValue, flags, 0, 0] + properties + [0, 1, 0x61]
        peer.send(bytes: [0x10, UInt8(body.count)] + body)
        try await peer.expectEnd([.malformedPacket, .protocolError])
    }
}

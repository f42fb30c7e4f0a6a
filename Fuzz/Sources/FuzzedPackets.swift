import MQTTCodec
import NIOCore

/// Packets whose form is right, so that the fuzzer gets behind the decoders; what they say it chooses.
private let identifiers: [MQTTString] = ["a", "b", "c", ""]
private let topics: [MQTTString] = [
    "a", "a/b", "b", "a/b/c", "$SYS/x", "denied", "undecided", "long/topic/name/that/is/worth/an/alias",
]
private let filters: [MQTTString] = [
    "a", "a/b", "a/#", "+", "+/+", "#", "$share/g/a", "$share/g/#", "$share/h/+/b", "denied", "undecided",
    "$SYS/#",
    "a/#/b", "$share/g", "", "long/#",
]

extension Connect {
    static func fuzzed(_ input: inout Input) -> Connect {
        let flags = input.byte()
        let version: ProtocolVersion = [.v5, .v5, .v3_1_1, .v3_1][Int(flags & 3)]
        var connect = Connect(
            version: version, cleanStart: flags & 4 != 0, keepAlive: flags & 8 != 0 ? 10 : 0,
            clientIdentifier: identifiers[Int(flags >> 4 & 3)])
        if flags & 0x40 != 0 {
            let will = input.byte()
            connect.will = Will(
                topic: topics[Int(will & 7)], payload: [will],
                qos: QoS(rawValue: will >> 3 & 3) ?? .atMostOnce,
                retain: will & 0x20 != 0)
            if version == .v5 && will & 0x40 != 0 {
                connect.will?.properties = [
                    .willDelayInterval(UInt32(input.byte())), .userProperty("w", "w"),
                ]
            }
        }
        guard version == .v5 else { return connect }
        let options = input.byte()
        if options & 1 != 0 { connect.properties.sessionExpiryInterval = UInt32(input.byte()) * 16 }
        if options & 2 != 0 { connect.properties.receiveMaximum = UInt16(input.byte()) % 4 + 1 }
        if options & 4 != 0 { connect.properties.maximumPacketSize = UInt32(input.byte()) + 1 }
        if options & 8 != 0 { connect.properties.topicAliasMaximum = UInt16(input.byte()) % 4 }
        if options & 16 != 0 { connect.properties.requestProblemInformation = 0 }
        if options & 32 != 0 { connect.properties.requestResponseInformation = 1 }
        if options & 64 != 0 { connect.properties.authenticationMethod = "m" }
        if options & 128 != 0 {
            connect.userName = "u"
            connect.password = [1]
        }
        return connect
    }
}

extension ControlPacket {
    static func fuzzedSubscribe(_ input: inout Input) -> ControlPacket {
        let entries = (0...input.below(3)).map { _ -> Subscribe.Entry in
            let filter = filters[input.below(filters.count)]
            // Only some bits mean something: the others would end the connection each time.
            let options = try? SubscriptionOptions(byte: input.byte() & 0x3F, version: .v5)
            return Subscribe.Entry(filter, options ?? SubscriptionOptions(qos: .exactlyOnce))
        }
        var packet = Subscribe(packetIdentifier: UInt16(input.byte()) + 1, entries)
        let identifier = input.byte()
        if identifier & 1 != 0 { packet.properties = [.subscriptionIdentifier(Int(identifier) * 1_000 + 1)] }
        return .subscribe(packet)
    }

    static func fuzzedUnsubscribe(_ input: inout Input) -> ControlPacket {
        let names = (0...input.below(3)).map { _ in filters[input.below(filters.count)] }
        return .unsubscribe(Unsubscribe(packetIdentifier: UInt16(input.byte()) + 1, names))
    }

    static func fuzzedPublish(_ input: inout Input) -> ControlPacket {
        let flags = input.byte()
        let qos = QoS(rawValue: flags >> 3 & 3) ?? .exactlyOnce
        var packet = Publish(
            topicName: topics[Int(flags & 7)], qos: qos, retain: flags & 0x20 != 0,
            dup: flags & 0x40 != 0 && qos != .atMostOnce,
            packetIdentifier: qos == .atMostOnce ? 0 : UInt16(input.byte() & 15) + 1)
        let size = Int(input.byte())
        packet.payload = ByteBuffer(repeating: 0x70, count: size > 250 ? size * 16 : size % 32)
        guard flags & 0x80 != 0 else { return .publish(packet) }
        let options = input.byte()
        if options & 1 != 0 { packet.properties.messageExpiryInterval = UInt32(input.byte()) }
        if options & 2 != 0 { packet.properties.topicAlias = UInt16(input.byte()) % 4 + 1 }
        if options & 4 != 0 && packet.properties.topicAlias != nil { packet.topicName = "" }
        if options & 8 != 0 { packet.properties.list.append(.userProperty("k", "v")) }
        if options & 16 != 0 { packet.properties.responseTopic = "r" }
        return .publish(packet)
    }

    static func fuzzedDisconnect(_ input: inout Input) -> ControlPacket {
        let options = input.byte()
        var packet = Disconnect(
            reasonCode: options & 1 != 0 ? .disconnectWithWillMessage : .normalDisconnection)
        if options & 2 != 0 { packet.properties.sessionExpiryInterval = UInt32(input.byte()) * 16 }
        return .disconnect(packet)
    }
}

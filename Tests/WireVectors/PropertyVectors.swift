import MQTTCodec

extension WireVectors {
    /// Section 2.2.2: every property in every place: once, twice, cut by a byte, and where it is not allowed.
    static let properties: [WireVector] =
        table.flatMap { row in PropertyPlace.allCases.flatMap { row.vectors(in: $0) } }
        + PropertyPlace.allCases.flatMap { malformed(in: $0) }

    /// One row of the table of section 2.2.2.2.
    private struct Row: Sendable {
        var name: String
        var bytes: Wire
        var properties: [Property]
        var places: Set<PropertyPlace>

        func vectors(in place: PropertyPlace) -> [WireVector] {
            let title = "\(name) in \(place)"
            guard places.contains(place) else {
                return [refused(title, .v5, place.frame(bytes), .misplacedProperty)]
            }
            let twice = place.frame(bytes + bytes)
            let isRepeatable =
                name == "User Property" || name == "Subscription Identifier" && place == .publish
            return [
                valid(title, .v5, place.frame(bytes), place.packet(Properties(properties))),
                isRepeatable
                    ? valid("\(title), twice", .v5, twice, place.packet(Properties(properties + properties)))
                    : refused("\(title), twice", .v5, twice, .repeatedProperty),
                refused("\(title), cut", .v5, place.frame(Wire(bytes.bytes.dropLast())), .lengthMismatch),
            ]
        }
    }

    private static func malformed(in place: PropertyPlace) -> [WireVector] {
        let unknown: [Wire] = ["00", "04 00", "0A 00", "14 00", "1B 00", "2B 00", "7F 00", "80 01 00"]
        return unknown.map {
            refused("an unknown property in \(place)", .v5, place.frame($0), .unknownProperty)
        }
            + [
                refused(
                    "[MQTT-1.5.5-1] an identifier in two bytes in \(place)", .v5,
                    place.frame("A6 00 00 01 'k' 00 01 'v'"), .invalidVariableByteInteger),
                refused(
                    "[MQTT-1.5.7-1] a User Property's name that is no UTF-8 in \(place)", .v5,
                    place.frame("26 00 01 FF 00 01 'v'"), .invalidString),
                refused(
                    "[MQTT-1.5.7-1] a User Property's value that is no UTF-8 in \(place)", .v5,
                    place.frame("26 00 01 'k' 00 02 'v' 00"), .invalidString),
                refused(
                    "a User Property without a value in \(place)", .v5, place.frame("26 00 01 'k'"),
                    .lengthMismatch),
            ]
    }

    private static let published: Set<PropertyPlace> = [.publish, .will]
    private static let acknowledged: Set<PropertyPlace> = [
        .puback, .pubrec, .pubrel, .pubcomp, .suback, .unsuback,
    ]

    private static let table: [Row] = [
        Row(
            name: "Payload Format Indicator", bytes: "01 01", properties: [.payloadFormatIndicator(1)],
            places: published),
        Row(
            name: "Message Expiry Interval", bytes: "02 00 01 02 03",
            properties: [.messageExpiryInterval(66_051)],
            places: published),
        Row(
            name: "[MQTT-3.3.2-19] Content Type", bytes: "03 00 04 'text'",
            properties: [.contentType("text")],
            places: published),
        Row(
            name: "[MQTT-3.3.2-13] Response Topic", bytes: "08 00 03 'a/b'",
            properties: [.responseTopic("a/b")],
            places: published),
        Row(
            name: "Correlation Data", bytes: "09 00 02 00 FF", properties: [.correlationData([0, 0xFF])],
            places: published),
        Row(
            name: "Subscription Identifier", bytes: "0B 80 01", properties: [.subscriptionIdentifier(128)],
            places: [.publish, .subscribe]),
        Row(
            name: "Session Expiry Interval", bytes: "11 FF FF FF FF",
            properties: [.sessionExpiryInterval(.max)],
            places: [.connect, .connack, .disconnect]),
        Row(
            name: "Assigned Client Identifier", bytes: "12 00 02 'id'",
            properties: [.assignedClientIdentifier("id")], places: [.connack]),
        Row(
            name: "Server Keep Alive", bytes: "13 01 02", properties: [.serverKeepAlive(258)],
            places: [.connack]),
        Row(
            name: "Authentication Method", bytes: "15 00 01 'm'", properties: [.authenticationMethod("m")],
            places: [.connect, .connack, .auth]),
        Row(
            name: "Authentication Data", bytes: "15 00 01 'm' 16 00 01 FF",
            properties: [.authenticationMethod("m"), .authenticationData([0xFF])],
            places: [.connect, .connack, .auth]),
        Row(
            name: "Request Problem Information", bytes: "17 00", properties: [.requestProblemInformation(0)],
            places: [.connect]),
        Row(
            name: "Will Delay Interval", bytes: "18 00 00 00 01", properties: [.willDelayInterval(1)],
            places: [.will]),
        Row(
            name: "Request Response Information", bytes: "19 01",
            properties: [.requestResponseInformation(1)],
            places: [.connect]),
        Row(
            name: "Response Information", bytes: "1A 00 02 'r/'", properties: [.responseInformation("r/")],
            places: [.connack]),
        Row(
            name: "Server Reference", bytes: "1C 00 01 's'", properties: [.serverReference("s")],
            places: [.connack, .disconnect]),
        Row(
            name: "Reason String", bytes: "1F 00 03 'why'", properties: [.reasonString("why")],
            places: acknowledged.union([.connack, .disconnect, .auth])),
        Row(
            name: "Receive Maximum", bytes: "21 FF FF", properties: [.receiveMaximum(65_535)],
            places: [.connect, .connack]),
        Row(
            name: "Topic Alias Maximum", bytes: "22 00 00", properties: [.topicAliasMaximum(0)],
            places: [.connect, .connack]),
        Row(name: "Topic Alias", bytes: "23 00 01", properties: [.topicAlias(1)], places: [.publish]),
        Row(name: "Maximum QoS", bytes: "24 01", properties: [.maximumQoS(1)], places: [.connack]),
        Row(name: "Retain Available", bytes: "25 00", properties: [.retainAvailable(0)], places: [.connack]),
        Row(
            name: "User Property", bytes: "26 00 01 'k' 00 00", properties: [.userProperty("k", "")],
            places: Set(PropertyPlace.allCases)),
        Row(
            name: "Maximum Packet Size", bytes: "27 FF FF FF FF", properties: [.maximumPacketSize(.max)],
            places: [.connect, .connack]),
        Row(
            name: "Wildcard Subscription Available", bytes: "28 01",
            properties: [.wildcardSubscriptionAvailable(1)], places: [.connack]),
        Row(
            name: "Subscription Identifier Available", bytes: "29 01",
            properties: [.subscriptionIdentifierAvailable(1)], places: [.connack]),
        Row(
            name: "Shared Subscription Available", bytes: "2A 00",
            properties: [.sharedSubscriptionAvailable(0)],
            places: [.connack]),
    ]
}

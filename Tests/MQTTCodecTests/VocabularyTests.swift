import MQTTCodec
import NIOCore
import Testing
import WireVectors

/// Values and accessors that no wire vector reaches.
@Suite struct VocabularyTests {
    @Test("[MQTT-3.1.2-2] the head of a CONNECT tells which answer its sender understands")
    func greeting() throws {
        let heads: [(Wire, Connect.Greeting)] = [
            ("00 06 'MQIsdp' 03", .supported(.v3_1)), ("00 04 'MQTT' 04", .supported(.v3_1_1)),
            ("00 04 'MQTT' 05", .supported(.v5)), ("00 06 'MQIsdp' 83", .supported(.v3_1)),
            ("00 04 'MQTT' 84", .supported(.v3_1_1)), ("00 04 'MQTT' 85", .unsupportedLevel(0x85)),
            ("00 04 'MQTT' 03", .unsupportedLevel(3)), ("00 06 'MQIsdp' 04", .unsupportedLevel(4)),
            ("00 04 'MQTT' 06", .unsupportedLevel(6)), ("00 04 'MQTT' FF", .unsupportedLevel(0xFF)),
            ("00 04 'AMQP' 05", .otherProtocol), ("00 00 05", .otherProtocol),
        ]
        for (head, expected) in heads {
            let frame = Frame(firstByte: 0x10, body: 0..<head.bytes.count)
            #expect(try Connect.greeting(in: head.bytes.span, frame) == expected)
        }
        for head: Wire in ["", "00", "00 04", "00 04 'MQT'", "00 04 'MQTT'"] {
            #expect(throws: WireError.lengthMismatch) {
                try Connect.greeting(in: head.bytes.span, Frame(firstByte: 0x10, body: 0..<head.bytes.count))
            }
        }
    }

    @Test("[MQTT-4.13.1-1] every error is answered with the reason code that the specification gives")
    func reasonCodes() {
        let expected: [WireError: ReasonCode] = [
            // Malformed: it cannot be parsed.
            .lengthMismatch: .malformedPacket, .invalidVariableByteInteger: .malformedPacket,
            .invalidString: .malformedPacket, .invalidPacketType: .malformedPacket,
            .reservedBits: .malformedPacket,
            .invalidPublishFlags: .malformedPacket, .invalidConnectFlags: .malformedPacket,
            .unknownProperty: .malformedPacket, .misplacedProperty: .malformedPacket,
            // Protocol errors: it says what may not be said.
            .zeroPacketIdentifier: .protocolError, .repeatedProperty: .protocolError,
            .invalidPropertyValue: .protocolError, .authenticationDataWithoutMethod: .protocolError,
            .emptyFilterList: .protocolError, .noLocalOnSharedSubscription: .protocolError,
            .invalidReasonCode: .protocolError, .invalidSubscriptionOptions: .protocolError,
            .subscriptionIdentifierFromClient: .protocolError, .unknownTopicAlias: .protocolError,
            // Those with a code of their own.
            .invalidTopicAlias: .topicAliasInvalid, .invalidTopicName: .topicNameInvalid,
            .invalidTopicFilter: .topicFilterInvalid,
            .unsupportedProtocolVersion: .unsupportedProtocolVersion,
            .packetTooLarge: .packetTooLarge,
        ]
        #expect(Set(expected.keys) == Set(WireError.allCases))
        for (error, code) in expected { #expect(error.reasonCode == code, "\(error)") }
        for error in WireError.allCases { #expect(!error.description.isEmpty) }
    }

    @Test("every property is set, replaced and removed by its accessor")
    func accessors() {
        var properties: Properties = []
        func check<Value: Equatable>(
            _ path: WritableKeyPath<Properties, Value?>, _ first: Value, _ second: Value,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            let count = properties.list.count
            #expect(properties[keyPath: path] == nil, sourceLocation: sourceLocation)
            properties[keyPath: path] = first
            #expect(properties[keyPath: path] == first, sourceLocation: sourceLocation)
            properties[keyPath: path] = second
            #expect(properties[keyPath: path] == second, sourceLocation: sourceLocation)
            #expect(properties.list.count == count + 1, sourceLocation: sourceLocation)
            properties[keyPath: path] = nil
            #expect(properties[keyPath: path] == nil, sourceLocation: sourceLocation)
            properties[keyPath: path] = first
        }
        check(\.payloadFormatIndicator, 0, 1)
        check(\.messageExpiryInterval, 1, 2)
        check(\.contentType, "a", "b")
        check(\.responseTopic, "a", "b")
        check(\.correlationData, [1], [2])
        check(\.sessionExpiryInterval, 1, 2)
        check(\.assignedClientIdentifier, "a", "b")
        check(\.serverKeepAlive, 1, 2)
        check(\.authenticationMethod, "a", "b")
        check(\.authenticationData, [1], [2])
        check(\.requestProblemInformation, 0, 1)
        check(\.willDelayInterval, 1, 2)
        check(\.requestResponseInformation, 0, 1)
        check(\.responseInformation, "a", "b")
        check(\.serverReference, "a", "b")
        check(\.reasonString, "a", "b")
        check(\.receiveMaximum, 1, 2)
        check(\.topicAliasMaximum, 1, 2)
        check(\.topicAlias, 1, 2)
        check(\.maximumQoS, 0, 1)
        check(\.retainAvailable, 0, 1)
        check(\.maximumPacketSize, 1, 2)
        check(\.wildcardSubscriptionAvailable, 0, 1)
        check(\.subscriptionIdentifierAvailable, 0, 1)
        check(\.sharedSubscriptionAvailable, 0, 1)
        // All but the two that can appear more than once.
        let single = PropertyIdentifier.allCases.filter {
            $0 != .userProperty && $0 != .subscriptionIdentifier
        }
        #expect(Set(properties.list.map(\.identifier)) == Set(single))
        properties.list += [.userProperty("a", "1"), .subscriptionIdentifier(7), .userProperty("a", "2")]
        #expect(properties.userProperties.map(\.value) == ["1", "2"])
        #expect(properties.subscriptionIdentifiers == [7])
    }

    @Test("a reason code of 5.0 becomes the nearest return code of 3.x, and back")
    func returnCodes() {
        for code in ConnectReturnCode.allCases { #expect(ConnectReturnCode(code.reasonCode) == code) }
        #expect(ConnectReturnCode(.banned) == .notAuthorized)
        #expect(ConnectReturnCode(.serverBusy) == .serverUnavailable)
        #expect(ConnectReturnCode(.quotaExceeded) == .serverUnavailable)
        #expect(ReasonCode.success.isFailure == false && ReasonCode(rawValue: 0x7F).isFailure == false)
        #expect(ReasonCode.unspecifiedError.isFailure && ReasonCode.packetTooLarge.description == "0x95")
    }

    @Test("what versions before 5.0 cannot say is left out when written")
    func downgrade() throws {
        let refused = SubscriptionAcknowledgement(
            .suback, packetIdentifier: 1, [.notAuthorized, .grantedQoS2])
        #expect(
            encoded(.subscriptionAcknowledgement(refused), .v3_1_1) == ("90 04 00 01 80 02" as Wire).bytes)
        #expect(encoded(.subscriptionAcknowledgement(refused), .v3_1) == ("90 04 00 01 00 02" as Wire).bytes)
        let present = Connack(sessionPresent: true, properties: [.reasonString("x")])
        #expect(encoded(.connack(present), .v3_1) == ("20 02 00 00" as Wire).bytes)
        #expect(encoded(.connack(present), .v3_1_1) == ("20 02 01 00" as Wire).bytes)
        let banned = Connack(reasonCode: .banned)
        #expect(encoded(.connack(banned), .v3_1_1) == ("20 02 00 05" as Wire).bytes)
        let left = Disconnect(reasonCode: .serverShuttingDown, properties: [.reasonString("x")])
        #expect(encoded(.disconnect(left), .v3_1_1) == ("E0 00" as Wire).bytes)
        let puback = Acknowledgement(.puback, packetIdentifier: 7, reasonCode: .quotaExceeded)
        #expect(encoded(.acknowledgement(puback), .v3_1_1) == ("40 02 00 07" as Wire).bytes)
        let unsuback = SubscriptionAcknowledgement(.unsuback, packetIdentifier: 7, [.success])
        #expect(encoded(.subscriptionAcknowledgement(unsuback), .v3_1_1) == ("B0 02 00 07" as Wire).bytes)
    }
}

import MQTTCodec
import NIOCore
import Testing
import WireVectors

/// The statements of the specification that the codec alone proves, each by its vectors in the catalogue.
@Suite struct StatementTests {
    /// Runs the vectors that cite a statement: at least so many of each kind, all of which must hold.
    private func prove(
        _ statement: String, accepted: Int = 0, refused: Int = 0, as error: WireError? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var count = (accepted: 0, refused: 0)
        for vector in WireVectors.citing(statement) {
            for version in vector.versions {
                var buffer = ByteBuffer(bytes: vector.bytes)
                let result = Result { () throws(WireError) in
                    try ControlPacket.read(from: &buffer, version: version)
                }
                switch (result, vector.meaning) {
                case (.success(let packet), .packet(let expected)),
                    (.success(let packet), .read(let expected)):
                    #expect(packet == expected, "\(vector)", sourceLocation: sourceLocation)
                    count.accepted += 1
                case (.failure(let thrown), .refused(let expected)):
                    #expect(thrown == expected, "\(vector)", sourceLocation: sourceLocation)
                    if let error { #expect(thrown == error, "\(vector)", sourceLocation: sourceLocation) }
                    count.refused += 1
                default: Issue.record("\(vector): \(result)", sourceLocation: sourceLocation)
                }
            }
        }
        #expect(count.accepted >= accepted, sourceLocation: sourceLocation)
        #expect(count.refused >= refused, sourceLocation: sourceLocation)
    }

    @Test("[MQTT-1.5.4-1] a string is well-formed UTF-8, without surrogates and overlong forms")
    func wellFormed() { prove("MQTT-1.5.4-1", accepted: 40, refused: 60, as: .invalidString) }

    @Test("[MQTT-1.5.4-2] a string has no U+0000")
    func noNull() { prove("MQTT-1.5.4-2", refused: 12, as: .invalidString) }

    @Test("[MQTT-1.5.4-3] a byte order mark is kept wherever it stands")
    func byteOrderMark() { prove("MQTT-1.5.4-3", accepted: 9) }

    @Test("[MQTT-1.5.5-1] a variable byte integer takes as few bytes as it can")
    func shortestForm() { prove("MQTT-1.5.5-1", accepted: 14, refused: 20, as: .invalidVariableByteInteger) }

    @Test("[MQTT-1.5.7-1] both strings of a pair are UTF-8 Encoded Strings")
    func stringPairs() { prove("MQTT-1.5.7-1", accepted: 1, refused: 28, as: .invalidString) }

    @Test("[MQTT-2.1.3-1] reserved flags of the fixed header have the values listed")
    func reservedFlags() { prove("MQTT-2.1.3-1", refused: 597, as: .reservedBits) }

    @Test("[MQTT-2.2.1-2] a PUBLISH at QoS 0 has no packet identifier")
    func noIdentifierAtQoS0() { prove("MQTT-2.2.1-2", accepted: 3) }

    @Test("[MQTT-2.2.1-3] SUBSCRIBE, UNSUBSCRIBE and PUBLISH have a packet identifier that is not 0")
    func noIdentifierZero() { prove("MQTT-2.2.1-3", refused: 10, as: .zeroPacketIdentifier) }

    @Test("[MQTT-2.2.1-5] PUBACK, PUBREC, PUBREL and PUBCOMP carry a packet identifier")
    func acknowledgementIdentifier() { prove("MQTT-2.2.1-5", accepted: 24) }

    @Test("[MQTT-2.2.1-6] SUBACK and UNSUBACK carry a packet identifier")
    func subscriptionIdentifier() { prove("MQTT-2.2.1-6", accepted: 6) }

    @Test("[MQTT-2.2.2-1] no properties are a property length of 0")
    func noProperties() { prove("MQTT-2.2.2-1", accepted: 5, refused: 1) }

    @Test("[MQTT-3.1.2-1] the protocol name is MQTT")
    func protocolName() { prove("MQTT-3.1.2-1", accepted: 2, refused: 9) }

    @Test("[MQTT-3.1.2-2] a protocol version that is not ours is refused")
    func protocolVersion() { prove("MQTT-3.1.2-2", refused: 12, as: .unsupportedProtocolVersion) }

    @Test("[MQTT-3.1.2-3] the reserved flag of CONNECT is 0")
    func reservedConnectFlag() { prove("MQTT-3.1.2-3", refused: 2, as: .invalidConnectFlags) }

    @Test("[MQTT-3.1.2-9] a Will Flag of 1 demands will properties, topic and payload")
    func willFields() { prove("MQTT-3.1.2-9", accepted: 12, refused: 2, as: .lengthMismatch) }

    @Test("[MQTT-3.1.2-11] a Will Flag of 0 demands Will QoS 0")
    func willQoSWithoutWill() { prove("MQTT-3.1.2-11", accepted: 2, refused: 8, as: .invalidConnectFlags) }

    @Test("[MQTT-3.1.2-12] Will QoS is 0, 1 or 2, never 3")
    func willQoS() { prove("MQTT-3.1.2-12", accepted: 12, refused: 8, as: .invalidConnectFlags) }

    @Test("[MQTT-3.1.2-13] a Will Flag of 0 demands Will Retain 0")
    func willRetainWithoutWill() { prove("MQTT-3.1.2-13", accepted: 2, refused: 6, as: .invalidConnectFlags) }

    @Test("[MQTT-3.1.2-16] a User Name Flag of 0 allows no user name")
    func userNameWithoutFlag() { prove("MQTT-3.1.2-16", refused: 2, as: .lengthMismatch) }

    @Test("[MQTT-3.1.2-17] a User Name Flag of 1 demands a user name")
    func userNameWithFlag() { prove("MQTT-3.1.2-17", accepted: 1, refused: 2, as: .lengthMismatch) }

    @Test("[MQTT-3.1.2-18] a Password Flag of 0 allows no password")
    func passwordWithoutFlag() { prove("MQTT-3.1.2-18", refused: 2, as: .lengthMismatch) }

    @Test("[MQTT-3.1.2-19] a Password Flag of 1 demands a password")
    func passwordWithFlag() { prove("MQTT-3.1.2-19", accepted: 1, refused: 2, as: .lengthMismatch) }

    @Test("[MQTT-3.1.1/3.1.2-22] before 5.0 a password needs a user name")
    func passwordWithoutUserName() { prove("MQTT-3.1.1/3.1.2-22", refused: 1, as: .invalidConnectFlags) }

    @Test("[MQTT-3.1.3-1] the fields of CONNECT stand in their order")
    func connectOrder() { prove("MQTT-3.1.3-1", accepted: 3) }

    @Test("[MQTT-3.1.3-3] the client identifier is there, and first")
    func clientIdentifier() { prove("MQTT-3.1.3-3", accepted: 3, refused: 2, as: .lengthMismatch) }

    @Test("[MQTT-3.1.3-4] the client identifier is a UTF-8 Encoded String")
    func clientIdentifierString() { prove("MQTT-3.1.3-4", refused: 3, as: .invalidString) }

    @Test("[MQTT-3.1.3-11] the will topic is a UTF-8 Encoded String")
    func willTopic() { prove("MQTT-3.1.3-11", refused: 1, as: .invalidString) }

    @Test("[MQTT-3.1.3-12] the user name is a UTF-8 Encoded String")
    func userName() { prove("MQTT-3.1.3-12", refused: 1, as: .invalidString) }

    @Test("[MQTT-3.2.2-1] the reserved acknowledge flags of CONNACK are 0")
    func acknowledgeFlags() { prove("MQTT-3.2.2-1", refused: 2, as: .reservedBits) }

    @Test("[MQTT-3.2.2-8] CONNACK carries a code of its own table")
    func connackCodes() { prove("MQTT-3.2.2-8", accepted: 22, refused: 234, as: .invalidReasonCode) }

    @Test("[MQTT-3.3.1-2] DUP is 0 at QoS 0")
    func dup() { prove("MQTT-3.3.1-2", accepted: 2, refused: 3, as: .invalidPublishFlags) }

    @Test("[MQTT-3.3.1-4] a PUBLISH has no QoS 3")
    func publishQoS() { prove("MQTT-3.3.1-4", refused: 6, as: .invalidPublishFlags) }

    @Test("[MQTT-3.3.2-1] the topic name is there, first, and a UTF-8 Encoded String")
    func topicName() { prove("MQTT-3.3.2-1", refused: 9) }

    @Test("[MQTT-3.3.2-2] a topic name has no wildcards")
    func topicNameWildcards() { prove("MQTT-3.3.2-2", refused: 6, as: .invalidTopicName) }

    @Test("[MQTT-3.3.2-8] a topic alias is not 0")
    func topicAlias() { prove("MQTT-3.3.2-8", refused: 1, as: .invalidTopicAlias) }

    @Test("[MQTT-3.3.2-13] the response topic is a UTF-8 Encoded String")
    func responseTopic() { prove("MQTT-3.3.2-13", accepted: 2, refused: 2) }

    @Test("[MQTT-3.3.2-14] the response topic has no wildcards")
    func responseTopicWildcards() { prove("MQTT-3.3.2-14", refused: 2, as: .invalidTopicName) }

    @Test("[MQTT-3.3.2-18] User Properties are read and written in their order")
    func userPropertyOrder() { prove("MQTT-3.3.2-18", accepted: 1) }

    @Test("[MQTT-3.3.2-19] the content type is a UTF-8 Encoded String")
    func contentType() { prove("MQTT-3.3.2-19", accepted: 3, refused: 1) }

    @Test("[MQTT-3.4.2-1] PUBACK carries a code of its own table")
    func pubackCodes() { prove("MQTT-3.4.2-1", accepted: 9, refused: 247, as: .invalidReasonCode) }

    @Test("[MQTT-3.5.2-1] PUBREC carries a code of its own table")
    func pubrecCodes() { prove("MQTT-3.5.2-1", accepted: 9, refused: 247, as: .invalidReasonCode) }

    @Test("[MQTT-3.6.1-1] the flags of PUBREL are 0010")
    func pubrelFlags() { prove("MQTT-3.6.1-1", refused: 44, as: .reservedBits) }

    @Test("[MQTT-3.6.2-1] PUBREL carries a code of its own table")
    func pubrelCodes() { prove("MQTT-3.6.2-1", accepted: 2, refused: 254, as: .invalidReasonCode) }

    @Test("[MQTT-3.7.2-1] PUBCOMP carries a code of its own table")
    func pubcompCodes() { prove("MQTT-3.7.2-1", accepted: 2, refused: 254, as: .invalidReasonCode) }

    @Test("[MQTT-3.8.1-1] the flags of SUBSCRIBE are 0010")
    func subscribeFlags() { prove("MQTT-3.8.1-1", refused: 44, as: .reservedBits) }

    @Test("[MQTT-3.8.3-1] the filters of SUBSCRIBE are UTF-8 Encoded Strings")
    func subscribeStrings() { prove("MQTT-3.8.3-1", refused: 3, as: .invalidString) }

    @Test("[MQTT-3.8.3-2] a SUBSCRIBE has a filter with options")
    func subscribeFilters() { prove("MQTT-3.8.3-2", accepted: 3, refused: 5) }

    @Test("[MQTT-3.8.3-5] reserved bits in subscription options are refused, and no others")
    func subscriptionOptions() { prove("MQTT-3.8.3-5", accepted: 36, refused: 192, as: .reservedBits) }

    @Test("[MQTT-3.1.1/3.8.3-4] in 3.1.1 the options are a QoS and nothing else")
    func requestedQoS() { prove("MQTT-3.1.1/3.8.3-4", refused: 253) }

    @Test("[MQTT-3.9.3-1] the codes of SUBACK keep their order")
    func subackOrder() { prove("MQTT-3.9.3-1", accepted: 2) }

    @Test("[MQTT-3.9.3-2] SUBACK carries codes of its own table")
    func subackCodes() { prove("MQTT-3.9.3-2", accepted: 12, refused: 244, as: .invalidReasonCode) }

    @Test("[MQTT-3.1.1/3.9.3-2] before 5.0 SUBACK carries 0, 1, 2 or 0x80")
    func subackReturnCodes() { prove("MQTT-3.1.1/3.9.3-2", refused: 4, as: .invalidReasonCode) }

    @Test("[MQTT-3.10.1-1] the flags of UNSUBSCRIBE are 0010")
    func unsubscribeFlags() { prove("MQTT-3.10.1-1", refused: 44, as: .reservedBits) }

    @Test("[MQTT-3.10.3-1] the filters of UNSUBSCRIBE are UTF-8 Encoded Strings")
    func unsubscribeStrings() { prove("MQTT-3.10.3-1", refused: 2, as: .invalidString) }

    @Test("[MQTT-3.10.3-2] an UNSUBSCRIBE has a filter")
    func unsubscribeFilters() { prove("MQTT-3.10.3-2", accepted: 3, refused: 3, as: .emptyFilterList) }

    @Test("[MQTT-3.11.3-1] the codes of UNSUBACK keep their order")
    func unsubackOrder() { prove("MQTT-3.11.3-1", accepted: 1) }

    @Test("[MQTT-3.11.3-2] UNSUBACK carries codes of its own table")
    func unsubackCodes() { prove("MQTT-3.11.3-2", accepted: 7, refused: 249, as: .invalidReasonCode) }

    @Test("[MQTT-3.14.1-1] the flags of DISCONNECT are 0; other values are malformed")
    func disconnectFlags() {
        prove("MQTT-3.14.1-1", refused: 45, as: .reservedBits)
        #expect(WireError.reservedBits.reasonCode == .malformedPacket)
    }

    @Test("[MQTT-3.14.2-1] DISCONNECT carries a code of its own table")
    func disconnectCodes() { prove("MQTT-3.14.2-1", accepted: 30, refused: 226, as: .invalidReasonCode) }

    @Test("[MQTT-3.15.1-1] the flags of AUTH are 0; other values are malformed")
    func authFlags() { prove("MQTT-3.15.1-1", refused: 15, as: .reservedBits) }

    @Test("[MQTT-3.15.2-1] AUTH carries a code of its own table")
    func authCodes() { prove("MQTT-3.15.2-1", accepted: 3, refused: 253, as: .invalidReasonCode) }

    @Test("[MQTT-4.7.0-1] wildcards are refused in topic names, of PUBLISH and of a will")
    func wildcardsInNames() { prove("MQTT-4.7.0-1", refused: 7, as: .invalidTopicName) }

    @Test("[MQTT-4.7.3-1] an empty topic name is refused")
    func emptyNames() { prove("MQTT-4.7.3-1", refused: 4, as: .invalidTopicName) }

    @Test("[MQTT-4.7.3-2] U+0000 is refused in topic names and filters")
    func nullInTopics() { prove("MQTT-4.7.3-2", refused: 5, as: .invalidString) }

    @Test("[MQTT-4.7.3-3] a topic name of 65,535 bytes is taken")
    func longestTopic() { prove("MQTT-4.7.3-3", accepted: 2) }

    @Test("[MQTT-4.7.3-4] strings are equal byte by byte only, and none is normalised")
    func noNormalisation() {
        prove("MQTT-4.7.3-4", accepted: 8)
        #expect("\u{E9}" as String == "e\u{301}")
        #expect("\u{E9}" as MQTTString != "e\u{301}")
    }
}

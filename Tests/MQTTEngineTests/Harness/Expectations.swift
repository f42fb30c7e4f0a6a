import MQTTCodec
import Testing

/// Expects the answer to an error: a DISCONNECT with this reason for 5.0 clients [MQTT-4.13.1-1], no packet
/// at all for 3.x clients [MQTT-3.1.1/4.8.0-1], and the end of the connection for both.
func expectDisconnected(
    _ client: TestClient, _ reason: ReasonCode, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(client.isClosed, "\(client.identifier) is still connected", sourceLocation: sourceLocation)
    #expect(
        client.disconnectReason == (client.version == .v5 ? reason : nil), sourceLocation: sourceLocation)
}

/// Expects that a CONNECT was refused in the words of its version, and the connection closed.
func expectRefused(
    _ client: TestClient, _ connack: Connack?, _ reason: ReasonCode,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let expected = client.version == .v5 ? reason : ConnectReturnCode(reason).reasonCode
    #expect(connack?.reasonCode == expected, sourceLocation: sourceLocation)
    #expect(connack?.sessionPresent == false, sourceLocation: sourceLocation)
    #expect(client.isClosed, sourceLocation: sourceLocation)
    #expect(client.received.isEmpty, "nothing but CONNACK is sent", sourceLocation: sourceLocation)
}

import MQTTCodec
import NIOCore

/// Enhanced authentication, MQTT 5.0 section 4.12.
extension ClientSession {
    private var method: MQTTString? { settings.connect.properties.authenticationMethod }

    /// AUTH came: a challenge, or the end of a re-authentication.
    mutating func received(auth packet: Auth) {
        guard version == .v5, let method, packet.properties.authenticationMethod == method else {
            return violation(
                .unexpectedPacket("an AUTH that does not belong to an authentication [MQTT-4.12.0-6]"))
        }
        let data = packet.properties.authenticationData
        switch (packet.reasonCode, phase) {
        case (.continueAuthentication, .connecting): actions.append(.challenged(data ?? []))
        case (.continueAuthentication, _) where isReauthenticating: actions.append(.challenged(data ?? []))
        case (.success, .connected) where isReauthenticating:
            isReauthenticating = false
            actions.append(.reauthenticated(data))
        default: violation(.unexpectedPacket("an AUTH that nobody has asked for"))
        }
    }

    /// Answers a challenge [MQTT-4.12.0-3].
    mutating func authenticate(_ data: [UInt8], at now: NIODeadline) {
        guard phase == .connecting || phase == .connected else { return }
        send(.continueAuthentication, data, at: now)
    }

    /// Begins a re-authentication, MQTT 5.0 section 4.12.1. Returns whether there is a connection for it.
    mutating func reauthenticate(_ data: [UInt8]?, at now: NIODeadline) -> Bool {
        guard phase == .connected, method != nil, !isReauthenticating else { return false }
        isReauthenticating = true
        send(.reauthenticate, data, at: now)
        return true
    }

    private mutating func send(_ code: ReasonCode, _ data: [UInt8]?, at now: NIODeadline) {
        var properties = Properties()
        properties.authenticationMethod = method
        properties.authenticationData = data
        Auth(reasonCode: code, properties: properties).encode(into: &output)
        lastSent = now
    }
}

import MQTTCodec

/// Who wants to do something, as far as access rules look at it.
public struct AccessClient: Sendable, Hashable {
    public var userName: MQTTString?
    public var clientIdentifier: MQTTString

    public init(userName: MQTTString?, clientIdentifier: MQTTString) {
        self.userName = userName
        self.clientIdentifier = clientIdentifier
    }
}

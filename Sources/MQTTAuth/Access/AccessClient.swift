import MQTTCodec
import MQTTEngine

/// Who wants to do something, as far as access rules look at it.
public struct AccessClient: Sendable, Hashable {
    public var userName: MQTTString?
    public var clientIdentifier: MQTTString
    /// `ADDRESS:PORT`; empty: it is away, and not known.
    public var address: String
    /// The listener it has come through.
    public var listener: String
    /// Roles besides those that its name has.
    public var roles: [MQTTString]
    /// Rights besides those of the rules.
    public var grants: [AccessGrant]

    public init(
        userName: MQTTString?, clientIdentifier: MQTTString, address: String = "", listener: String = "",
        roles: [MQTTString] = [], grants: [AccessGrant] = []
    ) {
        self.userName = userName
        self.clientIdentifier = clientIdentifier
        self.address = address
        self.listener = listener
        self.roles = roles
        self.grants = grants
    }
}

import MQTTCodec

/// What an ``Authenticator`` knows of a client beyond its name, for ``Authorizer`` and operator to look at.
/// Secrets are never part of it.
public struct Credentials: Sendable, Hashable {
    /// How the client has shown who it is, such as `password`; empty: nobody asked.
    public var method: String
    /// Which key has vouched for it, where that may be withdrawn; empty: none.
    public var key: String
    /// Roles that the client has besides those its user name gives it.
    public var roles: [MQTTString]
    /// Rights that the client has, or has not, besides those of the rules.
    public var grants: [AccessGrant]

    public init(
        method: String = "", key: String = "", roles: [MQTTString] = [], grants: [AccessGrant] = []
    ) {
        self.method = method
        self.key = key
        self.roles = roles
        self.grants = grants
    }
}

/// A right to the topics that a filter matches, or its refusal, which counts before all that allow.
public struct AccessGrant: Sendable, Hashable {
    public var isAllowed: Bool
    public var rights: AccessRights
    public var filter: TopicFilter

    public init(isAllowed: Bool = true, _ rights: AccessRights, _ filter: TopicFilter) {
        self.isAllowed = isAllowed
        self.rights = rights
        self.filter = filter
    }
}

/// What can be done with a topic.
public struct AccessRights: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let publish = Self(rawValue: 1)
    public static let subscribe = Self(rawValue: 2)
    /// Getting messages, through whatever subscription.
    public static let receive = Self(rawValue: 4)
    public static let all: Self = [.publish, .subscribe, .receive]
}

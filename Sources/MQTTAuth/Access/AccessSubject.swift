import MQTTCodec

/// Whom an ``AccessRule`` is about. Where nothing is said, everybody.
public struct AccessSubject: Sendable, Hashable {
    /// These users, those with one of ``roles``, and those without a name if ``includesAnonymous``; none of the
    /// three: everybody.
    public var users: [MQTTString]
    public var roles: [MQTTString]
    public var includesAnonymous: Bool
    /// And of them only clients with one of these identifiers; none: all.
    public var clients: [ClientPattern]
    /// And only from one of these addresses; none: all.
    public var addresses: [AddressPrefix]
    /// And only through one of these listeners; none: all.
    public var listeners: [String]

    public init(
        users: [MQTTString] = [], roles: [MQTTString] = [], includesAnonymous: Bool = false,
        clients: [ClientPattern] = [], addresses: [AddressPrefix] = [], listeners: [String] = []
    ) {
        self.users = users
        self.roles = roles
        self.includesAnonymous = includesAnonymous
        self.clients = clients
        self.addresses = addresses
        self.listeners = listeners
    }

    /// Whether it is about everybody, as far as names and roles go.
    var isEverybody: Bool { users.isEmpty && roles.isEmpty && !includesAnonymous }

    /// Whether a client whose name and roles fit is meant. Of one that is away it is not known where it comes
    /// from: what allows holds for it, what denies does not, until it comes.
    func holds(for client: AccessClient, isAllowing: Bool) -> Bool {
        if !clients.isEmpty && !clients.contains(where: { $0.matches(client.clientIdentifier) }) {
            return false
        }
        if addresses.isEmpty && listeners.isEmpty { return true }
        if client.address.isEmpty { return isAllowing }
        if !listeners.isEmpty && !listeners.contains(client.listener) { return false }
        guard !addresses.isEmpty else { return true }
        guard let address = AddressPrefix.Address(peer: client.address) else { return false }
        return addresses.contains { $0.contains(address) }
    }
}

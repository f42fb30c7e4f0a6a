/// Somebody who may not come in for a while.
public struct Ban: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// An address, or a range of them in CIDR notation.
        case address
        /// A user name. Where logins have failed too often, addresses that it has used before may still try.
        case user
        /// A client identifier.
        case client
    }

    public var kind: Kind
    public var subject: String
    /// Milliseconds until it ends; nil: it ends with the broker, or when it is lifted.
    public var remaining: Int64?
    /// Whether an operator has ordered it; else ``DefenceLimits`` have.
    public var isOrdered: Bool
    /// Why, for people.
    public var reason: String

    /// One that an operator orders.
    public init(_ kind: Kind, _ subject: String, for time: Int64? = nil, reason: String = "") {
        self.init(kind, subject, remaining: time, isOrdered: true, reason: reason)
    }

    init(_ kind: Kind, _ subject: String, remaining: Int64?, isOrdered: Bool, reason: String) {
        self.kind = kind
        self.subject = subject
        self.remaining = remaining
        self.isOrdered = isOrdered
        self.reason = reason
    }
}

/// Why a ban cannot be ordered.
public enum BanProblem: Error, Sendable, Equatable, CustomStringConvertible {
    case noAddress(String)
    case noSubject
    /// There are as many as there may be of this kind.
    case tooMany(Int)

    public var description: String {
        switch self {
        case .noAddress(let text): "'\(text)' is neither an address nor a range of addresses"
        case .noSubject: "it is not said who is banned"
        case .tooMany(let maximum): "there are \(maximum) bans of this kind already"
        }
    }
}

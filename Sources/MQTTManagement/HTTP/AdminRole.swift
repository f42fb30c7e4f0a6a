/// What the bearer of a token may do; each may do what those before it may.
public enum AdminRole: String, Sendable, CaseIterable, Comparable, Codable {
    /// See everything but payloads and the configuration's secrets.
    case read
    /// Do something to clients and messages: disconnect, end, publish, delete, trace; see payloads.
    case operate
    /// Change who may do what, and the configuration.
    case admin

    public static func < (one: Self, other: Self) -> Bool { one.rank < other.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// What has happened before clients were let in, since the broker started.
public struct DoorCounters: Sendable, Equatable {
    /// Handshakes of TLS.
    public var handshakesSucceeded: UInt64 = 0
    public var handshakesFailed: UInt64 = 0
    /// Bans that ``DefenceLimits`` have made.
    public var bans: [Ban.Kind: UInt64] = [:]
    /// Connections that were closed as they came, by why.
    public var turnedAway: [TurnedAway: UInt64] = [:]
    /// Connections that have not logged in, now.
    public var waiting = 0

    public enum TurnedAway: String, Sendable, CaseIterable {
        case banned
        /// ``DefenceLimits/connectionRate``.
        case tooFast = "too_fast"
        /// ``DefenceLimits/addressHandshakes``.
        case tooManyHandshakes = "too_many_handshakes"
        /// Half of the files that the process may have open belong to clients whose passwords are being verified.
        case tooManyLogins = "too_many_logins"
    }

    public init() {}
}

/// Bounds on what one address, user or client may try. They belong to the whole broker.
///
/// "Address" means one of IPv4, or the first 64 bits of one of IPv6, which is what one customer has.
public struct DefenceLimits: Sendable, Equatable {
    /// Failed logins from one address within ``failureTime`` after which it is banned for ``banTime``; 0:
    /// never. The same wrong name and password again count once: that is a device with an old password, and
    /// nobody who guesses.
    public var addressFailures = 20
    /// Failed logins of one user within ``failureTime``, from anywhere, after which for ``banTime`` only
    /// addresses may try that the user has come in from before; 0: never.
    public var userFailures = 100
    /// The time in which failures are counted, in milliseconds.
    public var failureTime: Int64 = 600_000
    /// How long a ban lasts, in milliseconds.
    public var banTime: Int64 = 600_000
    /// The longest time that the answer to a failed login is held back, in milliseconds: a quarter of a second
    /// for the first, twice as long for each that follows. 0: not at all.
    public var loginDelay: Int64 = 4_000
    /// New connections a second from one address; more are closed as they come. 0: any number.
    public var connectionRate = 200
    /// New connections that may come from one address at once before ``connectionRate`` counts.
    public var connectionBurst = 2_000
    /// Connections at a time that have not logged in and do not wait for an authenticator: one more ends the
    /// oldest of them. With those that do wait they take half of the files at most that the process may have open:
    /// beyond that the oldest ends, too, and where all wait for an authenticator the new one is closed as it comes.
    public var handshakes = 16_384
    /// The same of one address: one more is closed as it comes. 0: any number.
    public var addressHandshakes = 1_024
    /// How often a client may lose its connection, or be thrown out, within ``flapTime`` before its identifier
    /// is banned for ``flapBanTime``; 0: as often as it likes. DISCONNECT is no loss.
    public var flaps = 60
    /// In milliseconds.
    public var flapTime: Int64 = 60_000
    /// In milliseconds.
    public var flapBanTime: Int64 = 60_000
    /// Addresses, users and clients that are remembered, each: those that were longest silent are forgotten.
    public var remembered = 65_536
    /// Whether clients on loopback addresses are excepted from all this. Those on Unix sockets are.
    public var sparesLoopback = true

    public init() {}
}

extension DefenceLimits {
    /// How many connections may be open that have not logged in: half of the files that the process may have open,
    /// or nobody could come in while they stall or wait.
    static func strangers(files: UInt64?) -> Int {
        files.map { max(1, Int(clamping: $0 / 2)) } ?? .max
    }
}

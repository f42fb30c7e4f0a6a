/// An enhanced authentication, MQTT 5.0 section 4.12: both sides prove in several steps who they are.
///
/// ``ScramAuthentication`` is the one that comes with the client.
public protocol AuthenticationMethod: Sendable {
    /// The Authentication Method of CONNECT and AUTH.
    var name: String { get }

    /// Begins an exchange: one for each connection, and one for each re-authentication.
    func begin() -> any AuthenticationExchange
}

/// One exchange of an ``AuthenticationMethod``.
public protocol AuthenticationExchange: Sendable {
    /// The first Authentication Data; nil: none.
    mutating func first() throws -> [UInt8]?

    /// What to answer to a challenge of the server. May take its time.
    mutating func answer(to challenge: [UInt8]) async throws -> [UInt8]

    /// The server has let the client in, with this data.
    ///
    /// - Throws: if the server has not proved who it is; the client leaves it then, before it says anything.
    mutating func finish(_ data: [UInt8]?) throws
}

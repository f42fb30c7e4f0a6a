import MQTTTLS

/// Where the administration listener listens.
public struct AdminConfiguration: Sendable {
    public var host: String
    /// 0: one that is free.
    public var port: Int
    /// nil: without TLS.
    public var tls: TLSServer?
    /// Whether `/metrics` too takes a token, as it has to where other machines can ask.
    public var asksForTokenEverywhere: Bool

    /// Open connections at a time; more wait.
    static let connections = 100
    /// Seconds after which a connection that nothing comes through is closed.
    static let idleSeconds = 300

    public init(host: String, port: Int, tls: TLSServer?, asksForTokenEverywhere: Bool) {
        self.host = host
        self.port = port
        self.tls = tls
        self.asksForTokenEverywhere = asksForTokenEverywhere
    }
}

/// One listener as it was configured.
struct ListenerEntry: Sendable, Equatable {
    var url = ""
    /// Connections at a time; none: only the bound for all listeners counts.
    var maximumConnections: Int?
    /// Permission bits of a Unix socket; none: as the umask says.
    var mode: UInt16?
    /// Where it was configured, for messages.
    var origin: ConfigurationOrigin?
}

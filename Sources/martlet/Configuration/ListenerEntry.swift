import MQTTBroker

/// One listener as it was configured.
struct ListenerEntry: Sendable, Equatable {
    /// None: not given yet.
    var url: ListenerURL?
    /// Connections at a time; none: only the bound for all listeners counts.
    var maximumConnections: Int?
    /// Permission bits of a Unix socket; none: as the umask says.
    var mode: UInt16?
    /// Addresses of proxies, as they are written; none: clients come by themselves.
    var proxies: String?
    /// Ways to log in; none: those of all listeners.
    var authentication: String?
    var tls = ListenerTLSEntry()
    /// Where it was configured, for messages.
    var origin: ConfigurationOrigin?

    var name: String { url?.description ?? "" }

    /// As the broker takes it.
    var configuration: ListenerConfiguration? {
        url.map {
            ListenerConfiguration(
                $0, maximumConnections: maximumConnections, unixSocketMode: mode,
                proxies: SettingKind.list(proxies ?? "").compactMap { AddressRange($0) })
        }
    }
}

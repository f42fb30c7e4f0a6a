import MQTTTLS
import MQTTTransport

/// One place where a broker listens.
public struct ListenerConfiguration: Sendable, Hashable {
    public var url: ListenerURL
    /// Connections at a time through this listener; more are closed as soon as they are accepted. nil: only
    /// the bound of the whole broker counts, `Limits.connections`.
    public var maximumConnections: Int?
    /// The permissions of a Unix socket, such as 0o660; nil: as the umask of the process has it. Without a
    /// meaning for other listeners.
    public var unixSocketMode: UInt16?

    /// The proxies that speak for clients here, in the PROXY protocol (version 1 or 2); nobody else may
    /// connect then. Empty: clients come by themselves.
    public var proxies: [AddressRange]

    /// What a listener with TLS needs, and only that. It may serve several.
    public var tls: TLSServer?

    /// Sockets that are bound already and belong to it, by descriptor: it takes them in place of binding its
    /// address, and leaves the files of Unix sockets alone.
    public var sockets: [CInt] = []

    public init(
        _ url: ListenerURL, maximumConnections: Int? = nil, unixSocketMode: UInt16? = nil,
        tls: TLSServer? = nil, proxies: [AddressRange] = []
    ) {
        self.url = url
        self.maximumConnections = maximumConnections
        self.unixSocketMode = unixSocketMode
        self.tls = tls
        self.proxies = proxies
    }

    /// - Throws: ``BrokerError`` for the first value that cannot be.
    func validate() throws(BrokerError) {
        if url.isSecure != (tls != nil) {
            throw .invalidConfiguration(
                url.isSecure ? "\(url): TLS needs a certificate" : "\(url): it has no TLS")
        }
        if let bound = maximumConnections, bound < 1 {
            throw .invalidConfiguration("\(url): maximumConnections must be 1 or more")
        }
        if let mode = unixSocketMode, mode > 0o777 {
            throw .invalidConfiguration("\(url): the mode must be from 0 to 0o777")
        }
    }
}

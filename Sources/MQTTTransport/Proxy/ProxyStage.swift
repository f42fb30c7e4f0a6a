import NIOCore

/// The first stage of a connection on a listener behind a proxy.
package struct ProxyStage: Sendable {
    /// Who may be the proxy: an address that others could use would let them be anybody.
    package var proxies: [AddressRange]
    /// For the header.
    package var time: TimeAmount
    /// Called on the event loop with what the header says, before the stages after it.
    package var introduced: @Sendable (Arrival) throws -> Void
    /// Called on the event loop with the reason if there is no right header. The connection is closed then.
    package var failed: @Sendable (Arrival, String) -> Void

    private struct NoProxy: Error {}

    package init(
        _ proxies: [AddressRange], time: TimeAmount, introduced: @escaping @Sendable (Arrival) throws -> Void,
        failed: @escaping @Sendable (Arrival, String) -> Void
    ) {
        self.proxies = proxies
        self.time = time
        self.introduced = introduced
        self.failed = failed
    }

    func install(on arrival: Arrival, _ next: @escaping @Sendable (Arrival) throws -> Void) throws {
        // On a Unix socket the permissions of its file have decided.
        if let address = arrival.remoteAddress.flatMap({ NetworkAddress($0) }),
            !proxies.contains(where: { $0.contains(address) })
        {
            failed(arrival, "only proxies may connect to this listener, and this address is none of them")
            throw NoProxy()
        }
        try arrival.channel.pipeline.syncOperations.addHandler(
            ProxyHeaderReader(arrival, self, next))
    }
}

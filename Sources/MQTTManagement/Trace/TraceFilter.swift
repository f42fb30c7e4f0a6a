import MQTTBroker

/// What is followed. Of what is given, all must be the case.
struct TraceFilter: Sendable {
    var client: String?
    /// The address of the other end, with or without its port.
    var address: String?

    func takes(_ line: TraceLine) -> Bool {
        if let client, line.client != client { return false }
        if let address {
            guard let found = line.address else { return false }
            guard found == address || found.hasPrefix(address + ":") else { return false }
        }
        return true
    }
}

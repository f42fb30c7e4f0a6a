import MQTTBroker

/// Which single clients and topics are measured, besides what is measured of all of them. What the labels of those
/// metrics hold is chosen here, by an operator, and bounded.
public struct MetricRules: Sendable, Equatable {
    /// Client identifiers; `*` stands for any characters.
    public var clients: [String]
    /// Topic filters.
    public var topicFilters: [String]

    /// Clients that are measured at a time; how many more match is told by `martlet_client_left_out`.
    public static let maximumClients = 200
    public static let maximumTopicFilters = 50

    public init(clients: [String] = [], topicFilters: [String] = []) {
        self.clients = clients
        self.topicFilters = topicFilters
    }

    /// Whether a client is measured.
    func takes(_ client: String) -> Bool {
        clients.contains { Self.matches(Array($0.utf8)[...], Array(client.utf8)[...]) }
    }

    /// Goes back to the last `*` where it does not go on, and so needs no more than the product of the lengths.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        let star = UInt8(ascii: "*")
        var (pattern, text) = (pattern, text)
        var retry: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while true {
            if pattern.first == star {
                pattern = pattern.dropFirst()
                retry = (pattern, text)
            } else if let next = text.first, pattern.first == next {
                pattern = pattern.dropFirst()
                text = text.dropFirst()
            } else if text.isEmpty && pattern.isEmpty {
                return true
            } else if let (after, from) = retry, !from.isEmpty {
                retry = (after, from.dropFirst())
                pattern = after
                text = from.dropFirst()
            } else {
                return false
            }
        }
    }
}

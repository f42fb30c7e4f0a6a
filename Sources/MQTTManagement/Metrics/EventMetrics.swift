import CoreMetrics
import MQTTBroker

/// Counts events that shards report: those about connections, which are rare beside messages.
public struct EventMetrics: Sendable {
    private let registry: MetricsRegistry

    public init(_ registry: MetricsRegistry) {
        self.registry = registry
        registry.describe(
            "martlet_connect", "CONNECT packets by their outcome: authentication results among them.")
        registry.describe("martlet_disconnect", "Ended connections, by who ended them and why.")
        registry.describe(
            "martlet_connection_dropped", "Connections that ended before their CONNECT was accepted.")
        registry.describe("martlet_publish_refused", "Publishes that were not accepted, by reason.")
        registry.describe("martlet_session_ended", "Sessions that were discarded, by cause.")
    }

    /// To be called with every event; quick.
    public func record(_ event: Event) {
        switch event {
        case .clientConnected: count("martlet_connect", ("result", "success"))
        case .clientRefused(_, let reason, _): count("martlet_connect", ("result", reason.name))
        case .clientDisconnected(_, let cause, _):
            let (by, reason) =
                switch cause {
                case .byClient(let code): ("client", code.name)
                case .byServer(let code, _): ("server", code.name)
                case .connectionLost: ("network", "connection_lost")
                }
            count("martlet_disconnect", ("by", by), ("reason", reason))
        case .connectionDropped: count("martlet_connection_dropped")
        case .publishRefused(_, _, let reason): count("martlet_publish_refused", ("reason", reason.name))
        case .sessionEnded(_, let cause): count("martlet_session_ended", ("cause", cause.rawValue))
        default: break
        }
    }

    private func count(_ label: String, _ dimensions: (String, String)...) {
        registry.makeCounter(label: label, dimensions: dimensions).increment(by: 1)
    }
}

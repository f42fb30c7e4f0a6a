import CoreMetrics
import Logging
import MQTTBroker

/// Counts the messages to topics that ``MetricRules`` name. For each filter the broker has one subscriber more, at
/// QoS 0; messages to other topics cost nothing.
public struct TopicMetrics: Sendable {
    let filters: [String]
    let broker: Broker
    let registry: MetricsRegistry
    let logger: Logger

    public init(_ rules: MetricRules, _ broker: Broker, _ registry: MetricsRegistry, logger: Logger) {
        filters = Array(rules.topicFilters.prefix(MetricRules.maximumTopicFilters))
        self.broker = broker
        self.registry = registry
        self.logger = logger
        guard !filters.isEmpty else { return }
        registry.describe("martlet_topic_messages", "Messages to topics that match a filter.")
        registry.describe("martlet_topic_payload_bytes", "Bytes of their payloads.")
    }

    /// Counts until the broker ends.
    public func run() async {
        await withDiscardingTaskGroup { group in
            for filter in filters { group.addTask { await count(filter) } }
        }
    }

    private func count(_ filter: String) async {
        let messages = registry.makeCounter(label: "martlet_topic_messages", dimensions: [("filter", filter)])
        let bytes = registry.makeCounter(
            label: "martlet_topic_payload_bytes", dimensions: [("filter", filter)])
        do {
            let subscription = try await broker.subscribe(MQTTString(filter), qos: .atMostOnce)
            for try await message in subscription where !message.retain {
                messages.increment(by: 1)
                bytes.increment(by: Int64(message.payload.readableBytes))
            }
        } catch InProcessError.disconnected(.serverShuttingDown) {
            return
        } catch {
            logger.error(
                "topics are not counted any more", metadata: ["filter": "\(filter)", "error": "\(error)"])
        }
    }
}

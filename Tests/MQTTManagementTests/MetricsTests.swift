import CoreMetrics
import MQTTBroker
import Testing

@testable import MQTTManagement

@Suite("Metrics") struct MetricsTests {
    @Test("Prometheus' text: names, help and labels are as it wants them")
    func prometheus() {
        let families = [
            MetricFamily("martlet_x", .counter, "A \\ line\nand \"more\".", by: "why", [("a\"b\\c\n", 3)]),
            MetricFamily("martlet_y_seconds", .gauge, "Level.", [MetricSample(value: 0.5)]),
        ]
        #expect(
            MetricsText.text(of: families, .prometheus) == """
                # HELP martlet_x_total A \\\\ line\\nand "more".
                # TYPE martlet_x_total counter
                martlet_x_total{why="a\\"b\\\\c\\n"} 3
                # HELP martlet_y_seconds Level.
                # TYPE martlet_y_seconds gauge
                martlet_y_seconds 0.5

                """)
    }

    @Test("OpenMetrics' text: the family has no _total, quotes in help are escaped, and there is an end")
    func openMetrics() {
        let families = [MetricFamily("martlet_x", .counter, "Say \"x\".", 7)]
        #expect(
            MetricsText.text(of: families, .openMetrics) == """
                # HELP martlet_x Say \\"x\\".
                # TYPE martlet_x counter
                martlet_x_total 7
                # EOF

                """)
        #expect(MetricsText.Format(accept: "application/openmetrics-text;version=1.0.0,*/*") == .openMetrics)
        #expect(MetricsText.Format(accept: nil) == .prometheus)
    }

    @Test(
        "Numbers: whole ones without fraction, and what is no number by name",
        arguments: [
            (1.0, "1"), (1e15, "1000000000000000"), (0.25, "0.25"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
            (.nan, "NaN"), (1e300, "1e+300"),
        ])
    func numbers(value: Double, text: String) { #expect(MetricsText.text(of: value) == text) }

    @Test("What is recorded through swift-metrics is read back")
    func registry() throws {
        let registry = MetricsRegistry()
        registry.describe("jobs.done", "Jobs.")
        Counter(label: "jobs.done", dimensions: [("kind", "a")], factory: registry).increment(by: 2)
        Counter(label: "jobs.done", dimensions: [("kind", "a")], factory: registry).increment()
        Gauge(label: "level", factory: registry).record(2.5)
        Timer(label: "time", factory: registry).recordMilliseconds(3)
        Recorder(label: "size", factory: registry).record(60)
        let families = Dictionary(uniqueKeysWithValues: registry.families.map { ($0.name, $0) })
        #expect(
            families["jobs_done"]
                == MetricFamily(
                    "jobs_done", .counter, "Jobs.", [MetricSample(labels: [("kind", "a")], value: 3)]))
        #expect(families["level"]?.samples.map(\.value) == [2.5])
        let time = try #require(families["time"])
        #expect(time.kind == .histogram)
        func bucket(_ bound: String) -> Double? {
            time.samples.first { $0.labels.contains { $0.name == "le" && $0.value == bound } }?.value
        }
        #expect(bucket("0.0025") == 0 && bucket("0.005") == 1 && bucket("+Inf") == 1)
        #expect(time.samples.first { $0.suffix == "_sum" }?.value == 0.003)
        #expect(families["size"]?.samples.first { $0.suffix == "_count" }?.value == 1)
    }

    @Test("More series than the bound are refused and counted, and those that were there go on")
    func bound() {
        let registry = MetricsRegistry(maximumSeries: 3)
        for number in 0..<10 {
            Counter(label: "c", dimensions: [("n", "\(number)")], factory: registry).increment()
        }
        Counter(label: "c", dimensions: [("n", "0")], factory: registry).increment()
        let families = registry.families
        #expect(families.first?.samples.map(\.value) == [2, 1, 1])
        #expect(families.last?.name == "martlet_metrics_series_refused")
        #expect(families.last?.samples.map(\.value) == [7])
    }

    @Test("Events about connections are counted by outcome and reason")
    func events() {
        let registry = MetricsRegistry()
        let metrics = EventMetrics(registry)
        let client = Event.Client(
            identifier: "c", userName: nil, peer: Peer(address: "192.0.2.1:5", listener: "mqtt://test"))
        metrics.record(.clientConnected(client, version: .v5, sessionPresent: false, keepAlive: 0))
        metrics.record(.clientRefused(client, .badUserNameOrPassword, detail: ""))
        metrics.record(.clientRefused(client, .badUserNameOrPassword, detail: ""))
        metrics.record(.clientDisconnected(client, .connectionLost, ConnectionLife()))
        metrics.record(
            .clientDisconnected(client, .byServer(.keepAliveTimeout, detail: ""), ConnectionLife()))
        let text = MetricsText.text(of: registry.families, .prometheus)
        #expect(text.contains("martlet_connect_total{result=\"success\"} 1\n"))
        #expect(text.contains("martlet_connect_total{result=\"bad_user_name_or_password\"} 2\n"))
        #expect(text.contains("martlet_disconnect_total{by=\"network\",reason=\"connection_lost\"} 1\n"))
        #expect(text.contains("martlet_disconnect_total{by=\"server\",reason=\"keep_alive_timeout\"} 1\n"))
    }

    @Test("Several shards: sums, and for each what tells them apart")
    func shards() {
        var one = Counters()
        one.connected = 2
        one.publishesReceived.atLeastOnce = 5
        one.drops[DropReason.queueFull.index] = 1
        var two = one
        two.connected = 3
        let families = BrokerMetrics.families(of: [
            ShardStatus(counters: one, delay: 1_000), ShardStatus(counters: two, delay: 2_000_000),
        ])
        let text = MetricsText.text(of: families, .prometheus)
        #expect(text.contains("\nmartlet_connections 5\n"))
        #expect(text.contains("martlet_publish_received_total{qos=\"1\"} 10\n"))
        #expect(text.contains("martlet_messages_dropped_total{reason=\"queueFull\"} 2\n"))
        #expect(text.contains("martlet_shard_connections{shard=\"1\"} 3\n"))
        #expect(text.contains("martlet_event_loop_delay_seconds{shard=\"1\"} 0.002\n"))
        let names = families.map { $0.name }
        #expect(Set(names).count == names.count)
    }
}

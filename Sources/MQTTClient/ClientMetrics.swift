import CoreMetrics
import MQTTCodec

/// What a client counts, in swift-metrics: for whatever backend the program has chosen.
struct ClientMetrics: Sendable {
    private let sent: [Counter]
    private let received: [Counter]
    private let publishFailures: Counter
    private let connections: Counter
    private let connectionsLost: Counter
    private let attemptsFailed: Counter
    /// Messages that wait to be sent, and those without acknowledgement.
    private let outbox: Gauge
    private let inFlight: Gauge

    init(_ factory: any MetricsFactory, dimensions: [(String, String)]) {
        func counter(_ name: String, _ more: [(String, String)] = []) -> Counter {
            Counter(label: "mqtt_client_\(name)", dimensions: dimensions + more, factory: factory)
        }
        sent = (0...2).map { counter("messages_published", [("qos", "\($0)")]) }
        received = (0...2).map { counter("messages_received", [("qos", "\($0)")]) }
        publishFailures = counter("publish_failures")
        connections = counter("connections")
        connectionsLost = counter("connections_lost")
        attemptsFailed = counter("connection_attempts_failed")
        outbox = Gauge(label: "mqtt_client_outbox", dimensions: dimensions, factory: factory)
        inFlight = Gauge(label: "mqtt_client_in_flight", dimensions: dimensions, factory: factory)
    }

    func published(_ qos: QoS) { sent[Int(qos.rawValue)].increment() }

    func received(_ qos: QoS) { received[Int(qos.rawValue)].increment() }

    func publishFailed() { publishFailures.increment() }

    func holds(outbox: Int, inFlight: Int) {
        self.outbox.record(outbox)
        self.inFlight.record(inFlight)
    }

    func happened(_ event: ConnectionEvent) {
        switch event {
        case .connected: connections.increment()
        case .connectionLost: connectionsLost.increment()
        case .attemptFailed: attemptsFailed.increment()
        default: break
        }
    }
}

import MQTTBroker

/// What the endpoints work with.
public struct Management: Sendable {
    let broker: Broker
    let registry: MetricsRegistry
    let hub: EventHub
    let control: ServerControl
    let version: String
    /// Which single clients and topics are measured.
    let rules: MetricRules
    let startedAt: ContinuousClock.Instant

    /// - Parameters:
    ///   - hub: is given every event of the broker.
    ///   - version: of the program, such as `0.1.0`.
    public init(
        broker: Broker, registry: MetricsRegistry, hub: EventHub, control: ServerControl, version: String,
        rules: MetricRules = MetricRules()
    ) {
        self.rules = rules
        self.broker = broker
        self.registry = registry
        self.hub = hub
        self.control = control
        self.version = version
        startedAt = .now
    }

    /// All that there is to measure, at this moment.
    ///
    /// - Throws: `BrokerError.notRunning`.
    public func metrics() async throws -> [MetricFamily] {
        let build = MetricFamily(
            "martlet_build_info", .gauge, "Always 1; the labels tell what runs.",
            [MetricSample(labels: [("version", version), ("swift", Self.swiftVersion)], value: 1)])
        let uptime = MetricFamily(
            "martlet_uptime_seconds", .gauge, "Seconds since the broker started.",
            [MetricSample(value: uptimeSeconds)])
        let door = DoorMetrics.families(try await broker.doorCounters(), bans: try await broker.bans())
        // A file that cannot be read is told by the list of certificates.
        let certificates = (try? await control.certificates()) ?? []
        return [build, uptime] + door + DoorMetrics.families(certificates)
            + BrokerMetrics.families(of: try await broker.status()) + registry.families
            + ProcessMetrics.families + (try await ClientMetrics.families(of: rules, broker))
    }

    var uptimeSeconds: Double {
        let time = (ContinuousClock.now - startedAt).components
        return Double(time.seconds) + Double(time.attoseconds) / 1e18
    }

    func overview() async throws -> Overview {
        let shards = try await broker.status()
        let all = shards.map(\.counters)
        func total(_ field: KeyPath<Counters, Int>) -> Int { all.reduce(0) { $0 + $1[keyPath: field] } }
        let (commits, seconds) = registry.commits
        return Overview(
            version: version, uptimeSeconds: uptimeSeconds, ready: control.isReady(),
            connected: total(\.connected), connectedMaximum: total(\.connectedMaximum),
            sessions: total(\.sessions), subscriptions: total(\.subscriptions),
            retainedMessages: total(\.retainedMessages), retainedBytes: total(\.retainedBytes),
            queuedMessages: total(\.queuedMessages), inFlightMessages: total(\.inFlightMessages),
            storedBytes: total(\.storedBytes), packetsReceived: all.sum(\.packetsReceived),
            packetsSent: all.sum(\.packetsSent), bytesReceived: all.sum(\.bytesReceived),
            bytesSent: all.sum(\.bytesSent), publishesReceived: all.sum(\.publishesReceived.total),
            publishesSent: all.sum(\.publishesSent.total),
            connectionsAccepted: all.sum(\.connectionsAccepted),
            connectionsRefused: all.sum(\.connectionsRefused),
            dropped: DropReason.allCases.map { reason in
                .init(reason: reason.rawValue, count: all.reduce(0) { $0 + $1.drops[reason.index] })
            },
            eventLoopDelaySeconds: Double(shards.map(\.delay).max() ?? 0) / 1e9, storeCommits: commits,
            storeCommitSeconds: seconds, cpuSeconds: ProcessMetrics.cpuSeconds,
            residentBytes: ProcessMetrics.residentBytes)
    }

    static var swiftVersion: String {
        #if compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    static var system: String {
        #if os(Linux)
            "Linux"
        #elseif os(macOS)
            "macOS"
        #else
            "other"
        #endif
    }
}

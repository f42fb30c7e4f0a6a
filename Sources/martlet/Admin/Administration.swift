import Logging
import MQTTBroker
import MQTTManagement
import ServiceLifecycle

/// What operators use of a running broker: measures it, and serves that and the API.
///
/// Without `admin.listen` there is none of it, and nothing is measured.
final class Administration: Sendable {
    /// The broker's store, with a watch on it.
    let store: MeasuredStore?
    private let configuration: AdminConfiguration
    private let registry = MetricsRegistry()
    private let hub = EventHub()
    private let control: ServerControl
    private let tokens: AdminTokenFile
    private let logger: Logger
    private let rules: MetricRules

    /// nil: none is configured.
    init?(
        _ configuration: ServerConfiguration, _ security: Security, _ stored: StoreControl,
        _ running: RunningConfiguration, _ output: LogOutput, logger: Logger
    ) {
        guard let address = configuration.admin.address else { return nil }
        self.configuration = AdminConfiguration(
            host: address.host, port: address.port, tls: security.tls.admin,
            asksForTokenEverywhere: !address.isLoopback)
        self.logger = logger
        rules = MetricRules(
            clients: configuration.admin.clientMetrics.map { SettingKind.list($0) } ?? [],
            topicFilters: configuration.admin.topicMetrics.map { SettingKind.list($0) } ?? [])
        tokens = AdminTokenFile(
            path: configuration.admin.tokenFile ?? stored.directory + "/" + Self.tokenFileName)
        let registry = registry
        let store = stored.store.map { MeasuredStore($0, registry) }
        self.store = store
        var control = ServerControl()
        control.isReady = { store?.isWorking ?? true }
        control.certificates = { try security.tls.certificates.flatMap { try CertificateValue.all(in: $0) } }
        control.users = { security.users }
        control.rules = { security.rules }
        control.configuration = running
        control.logs = output
        control.backup = stored.backup
        self.control = control
    }

    static let tokenFileName = "admin.tokens"

    /// For the broker: takes every event, on its event loops.
    var observer: @Sendable (Event) -> Void {
        let metrics = EventMetrics(registry)
        return { [hub] event in
            metrics.record(event)
            hub.publish(event)
        }
    }

    /// Counts messages to the topics that rules name, until the broker ends.
    func countTopics(of broker: Broker) async {
        await TopicMetrics(rules, broker, registry, logger: logger).run()
    }

    func service(for broker: Broker, auditFile: AuditFile?) -> some Service {
        if tokens.isEmpty {
            logger.notice(
                "nobody has a token of the administration API: martlet ctl token create NAME makes one")
        }
        return AdminServer(
            configuration,
            Management(
                broker: broker, registry: registry, hub: hub, control: control, version: Version.current,
                rules: rules),
            tokens: tokens, audit: AuditLogger(logger: logger, file: auditFile), logger: logger,
            started: { [logger] url in logger.info("administration on \(url)") })
    }
}

import Logging
import MQTTBroker
import MQTTManagement
import ServiceLifecycle
import Synchronization

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
    private let listeners: Listeners
    private let rules: MetricRules

    /// Those that the broker has opened.
    final class Listeners: Sendable {
        let all = Mutex<[BoundListener]>([])
    }

    /// nil: none is configured.
    ///
    /// - Throws: `TLSProblem` if its certificate is wrong.
    init?(
        _ configuration: ServerConfiguration, _ security: Security, _ stored: StoreControl,
        _ running: RunningConfiguration, _ output: LogOutput, logger: Logger
    ) throws {
        guard let address = configuration.admin.address else { return nil }
        let tls = address.isSecure ? try configuration.adminTLS.map { try TLSServer($0) } : nil
        self.configuration = AdminConfiguration(
            host: address.host, port: address.port, tls: tls,
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
        let listeners = Listeners()
        self.listeners = listeners
        var control = ServerControl()
        control.isReady = { store?.isWorking ?? true }
        control.listeners = {
            listeners.all.withLock { all in
                all.map { ListenerValue(url: $0.url.description, secure: $0.url.isSecure) }
            }
        }
        let files = [configuration.tls.certificate, configuration.admin.certificate].compactMap { $0 }
            .flatMap { SettingKind.list($0) }
        control.certificates = { try files.flatMap { try CertificateValue.all(in: $0) } }
        control.users = security.users
        control.rules = security.rules
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

    /// The broker listens.
    func began(_ listeners: [BoundListener]) { self.listeners.all.withLock { $0 = listeners } }

    /// Counts messages to the topics that rules name, until the broker ends.
    func countTopics(of broker: Broker) async {
        await TopicMetrics(rules, broker, registry, logger: logger).run()
    }

    func service(for broker: Broker, auditFile: AuditFile?) -> some Service {
        if tokens.isEmpty {
            logger.notice("nobody has a token of the administration API: martlet ctl token makes one")
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

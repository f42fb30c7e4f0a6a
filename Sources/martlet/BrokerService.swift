import Logging
import MQTTBroker
import MQTTEngine
import ServiceLifecycle
import UnixSignals

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The broker for the time that the process runs: from now until SIGTERM or SIGINT.
struct BrokerService: Service {
    private let broker: Broker
    private let security: Security
    private let auditFile: AuditFile?
    private let administration: Administration?
    private let running: RunningConfiguration
    private let logger: Logger
    private let control: StoreControl
    private let progress: StartProgress

    /// - Throws: what ``Broker/start()`` throws.
    static func run(
        _ configuration: BrokerConfiguration, _ security: Security, _ control: StoreControl,
        _ progress: StartProgress,
        _ auditFile: AuditFile?, _ administration: Administration?, _ running: RunningConfiguration,
        logger: Logger
    ) async throws {
        var ports = security.ports
        ports.auditLog = auditFile
        let broker = Broker(
            configuration: configuration, ports: ports, store: administration?.store ?? control.store,
            logger: logger, observer: administration?.observer)
        let service = Self(
            broker: broker, security: security, auditFile: auditFile, administration: administration,
            running: running, logger: logger, control: control, progress: progress)
        var services: [any Service] = [service]
        if let administration { services.append(administration.service(for: broker, auditFile: auditFile)) }
        // Its own messages tell about signals and services, not about the broker.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        let group = ServiceGroup(
            configuration: .init(
                services: services.map {
                    .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        try await group.run()
    }

    func run() async throws {
        let notifier = ServiceNotifier(ProcessInfo.processInfo.environment)
        // Not before: the group catches signals by now, so whoever has read these lines may send one.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        await running.attach(broker)
        auditFile?.record(AuditEntry(.started, detail: "martlet \(Version.current)"))
        defer { auditFile?.record(AuditEntry(.stopped)) }
        let listeners = try await broker.start()
        progress.end()
        let socket = await ControlSocket.open(
            control.directory, logger: logger, answer: { [control] in await control.answer($0) })
        for listener in listeners { logger.info("listening on \(listener.url)") }
        let counting = Task { [administration, broker] in await administration?.countTopics(of: broker) }
        defer { counting.cancel() }
        notifier.tell(.ready)
        // Sessions from before the start may have subscriptions that the rules of today do not allow.
        try await broker.reviewRights { _ in false }
        let watch = SourceWatch(running: running) { begins in notifier.tell(begins ? .reloading : .ready) }
        let reloading = Task { await watch.run(hangups) }
        defer { reloading.cancel() }
        let watching = Task { [broker] in
            guard let interval = notifier.watchdogInterval else { return }
            // Only a broker whose event loops answer is alive.
            while (try? await Task.sleep(for: interval)) != nil {
                if (try? await broker.status()) != nil { notifier.tell(.watchdog) }
            }
        }
        defer { watching.cancel() }
        try await gracefulShutdown()
        notifier.tell(.stopping)
        logger.info("stopping")
        await socket?.close()
        await broker.stop()
        logger.info("stopped")
    }
}

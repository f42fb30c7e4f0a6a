import Logging
import MQTTAuth
import MQTTBroker
import MQTTManagement

/// The configuration that the broker runs with, and the way to another one: all that can be taken into use
/// without a restart is, or, if anything in the sources is wrong, nothing.
actor RunningConfiguration: ConfigurationControl {
    /// How much of a changed configuration is taken.
    private enum Extent {
        /// Whatever needs no restart.
        case everything
        /// What files hold: users, keys, certificates, and the rules in the configuration itself.
        case files
    }

    private var current: ServerConfiguration
    private let source: ConfigurationSource
    private let security: Security
    private let auditFile: AuditFile?
    private let output: LogOutput
    private let logger: Logger
    private var broker: Broker?
    /// The last reload that was asked for; the next begins when it is done, so that an older state of the files
    /// cannot come after a newer one.
    private var latest: Task<ConfigurationDifference, Never>?
    /// The files as they were read last.
    private var loaded: [FileSignature]
    private var seen: [FileSignature]

    init(
        _ configuration: ServerConfiguration, from source: ConfigurationSource, _ security: Security,
        _ auditFile: AuditFile?, _ output: LogOutput, logger: Logger
    ) {
        current = configuration
        self.source = source
        self.security = security
        self.auditFile = auditFile
        self.output = output
        self.logger = logger.of(area: LogArea.security.rawValue)
        loaded = security.paths.map { FileSignature($0) }
        seen = loaded
    }

    /// The broker runs; before it does, nothing is reloaded.
    func attach(_ broker: Broker) { self.broker = broker }

    /// Whether there are files that could change.
    nonisolated var hasFiles: Bool { !security.paths.isEmpty }

    func running() -> [SettingEntry] {
        let standard = ServerConfiguration()
        let listeners = SettingEntry(
            path: Settings.listenersPath, value: ConfigurationChanges.text(of: current.listeners),
            isDefault: current.listeners.isEmpty)
        return [listeners]
            + Settings.all.map { setting in
                let value = setting.read(current)
                return SettingEntry(
                    path: setting.path, value: setting.text(value), isDefault: value == setting.read(standard)
                )
            }
    }

    func pending() async -> ConfigurationDifference {
        switch await read() {
        case .success(let found): found.difference
        case .failure(let problems): ConfigurationDifference(changes: [], problems: problems.texts)
        }
    }

    func reload() async -> ConfigurationDifference { await inTurn(.everything) }

    /// SIGHUP.
    func hangUp() async {
        auditFile?.reopen()
        _ = await reload()
    }

    /// Takes files that have changed and then stayed as they are from one look to the next: one that is still
    /// being written is left alone.
    func look() async {
        let now = security.paths.map { FileSignature($0) }
        let isSettled = now == seen
        seen = now
        if isSettled && now != loaded { _ = await inTurn(.files) }
    }

    private func inTurn(_ extent: Extent) async -> ConfigurationDifference {
        let before = latest
        let task = Task {
            _ = await before?.value
            return await self.reload(extent)
        }
        latest = task
        return await task.value
    }

    private func reload(_ extent: Extent) async -> ConfigurationDifference {
        // Before the files are read: what changes while they are is seen the next time.
        loaded = security.paths.map { FileSignature($0) }
        seen = loaded
        switch await read() {
        case .success(let found):
            if let broker { await take(found, extent, broker) }
            return found.difference
        case .failure(let problems):
            let all = problems.texts.joined(separator: "; ")
            auditFile?.record(AuditEntry(.reloaded, detail: "nothing, for something is wrong: \(all)"))
            logger.error("configuration and files stay as they were, for something is wrong: \(all)")
            return ConfigurationDifference(changes: [], problems: problems.texts)
        }
    }

    /// Whatever the sources and files say now.
    private struct Found {
        var wanted: ServerConfiguration
        var material: SecurityMaterial
        var difference: ConfigurationDifference
        var warnings: [ConfigurationProblem]
    }

    private struct Problems: Error { var texts: [String] }

    private func read() async -> Result<Found, Problems> {
        let read = source.read()
        guard read.problems.isEmpty else {
            return .failure(Problems(texts: read.problems.map(\.description)))
        }
        do throws(FileProblem) {
            let material = try await security.read(read.configuration)
            let changes = ConfigurationChanges.between(current, read.configuration)
            return .success(
                Found(
                    wanted: read.configuration, material: material,
                    difference: ConfigurationDifference(changes: changes, problems: []),
                    warnings: read.warnings))
        } catch {
            return .failure(Problems(texts: ["\(error)"]))
        }
    }

    private func take(_ found: Found, _ extent: Extent, _ broker: Broker) async {
        if extent == .everything { await take(found.wanted, broker) }
        let change = await security.take(found.material)
        current.access = found.wanted.access
        current.subscriptionPolicy = found.wanted.subscriptionPolicy
        try? await broker.reviewRights { client, credentials in change.revokes(client, credentials) }
        tell(found, extent, change)
    }

    /// What needs no restart.
    private func take(_ wanted: ServerConfiguration, _ broker: Broker) async {
        let before = current
        for setting in Settings.all where !ConfigurationChanges.needsRestart(setting.path) {
            setting.write(&current, setting.read(wanted))
        }
        if current.logLevel != before.logLevel { output.set(all: current.logLevel) }
        output.set(burst: current.logBurst)
        let (old, new) = (before.brokerConfiguration.engine, current.brokerConfiguration.engine)
        if new != old { try? await broker.reconfigure(new) }
        if new.offer.redirection != old.offer.redirection {
            try? await broker.redirect(to: new.offer.redirection)
        }
    }

    private func tell(_ found: Found, _ extent: Extent, _ change: SecurityChange) {
        for warning in found.warnings { logger.warning("\(warning)") }
        for warning in security.tls.warnings { logger.warning("\(warning)") }
        let changes = found.difference.changes
        for change in changes {
            let metadata: Logger.Metadata = ["was": "\(change.running)", "is": "\(change.wanted)"]
            if change.needsRestart {
                logger.warning("\(change.path) has changed, which takes a restart", metadata: metadata)
            } else if extent == .everything || ConfigurationChanges.isRead(change.path) {
                logger.notice("\(change.path) has changed", metadata: metadata)
            } else {
                logger.notice("\(change.path) has changed, and waits for SIGHUP", metadata: metadata)
            }
        }
        if hasFiles { logger.notice("security files reloaded", metadata: change.metadata) }
        var what = change.metadata.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
        if extent == .everything {
            logger.notice("configuration reloaded", metadata: ["changes": "\(changes.count)"])
            what += changes.map {
                "\($0.path): \($0.running) -> \($0.wanted)\($0.needsRestart ? " at the next start" : "")"
            }
        }
        auditFile?.record(AuditEntry(.reloaded, detail: what.joined(separator: " ")))
    }
}

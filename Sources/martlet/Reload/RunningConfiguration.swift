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
    /// The files as they were read last, by their paths.
    private var loaded: [String: FileSignature]
    private var seen: [String: FileSignature]
    /// Of the files that count now.
    nonisolated let watch = FileWatch()

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
        loaded = Self.signatures(security.paths)
        seen = loaded
        watch.follow(security.paths)
    }

    /// The broker runs; before it does, nothing is reloaded.
    func attach(_ broker: Broker) { self.broker = broker }

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
        do throws(Problems) {
            return try await read(.everything).difference
        } catch {
            return ConfigurationDifference(changes: [], problems: error.texts)
        }
    }

    func reload() async -> ConfigurationDifference { await inTurn(.everything) }

    /// SIGHUP.
    func hangUp() async {
        auditFile?.reopen()
        _ = await reload()
    }

    /// Takes files that have changed and then stayed as they are from one look to the next: one that is still
    /// being written is left alone. Returns whether another look is due, after a while.
    func look() async -> Bool {
        let now = Self.signatures(security.paths)
        let isSettled = now == seen
        seen = now
        guard now != loaded else { return false }
        guard isSettled else { return true }
        _ = await inTurn(.files)
        return false
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
        loaded = Self.signatures(security.paths)
        seen = loaded
        do throws(Problems) {
            let found = try await read(extent)
            if let broker { try await take(found, extent, broker) }
            return found.difference
        } catch {
            // Other places may stand behind the same paths now, such as what a link points to.
            watch.follow(security.paths)
            let all = error.texts.joined(separator: "; ")
            auditFile?.record(AuditEntry(.reloaded, detail: "nothing, for something is wrong: \(all)"))
            logger.error("configuration and files stay as they were, for something is wrong: \(all)")
            return ConfigurationDifference(changes: [], problems: error.texts)
        }
    }

    private static func signatures(_ paths: [String]) -> [String: FileSignature] {
        Dictionary(paths.map { ($0, FileSignature($0)) }) { first, _ in first }
    }

    /// Whatever the sources and files say now.
    private struct Found {
        /// What the broker is to run with.
        var target: ServerConfiguration
        var material: SecurityMaterial
        /// The files that count for it, as they were before they were read.
        var signatures: [String: FileSignature]
        var difference: ConfigurationDifference
        var warnings: [ConfigurationProblem]
    }

    private struct Problems: Error { var texts: [String] }

    /// - Throws: all that is wrong with the sources, or the first thing that is wrong with a file.
    private func read(_ extent: Extent) async throws(Problems) -> Found {
        let read = source.read()
        guard read.problems.isEmpty else { throw Problems(texts: read.problems.map(\.description)) }
        let wanted = read.configuration
        let target = target(wanted, extent)
        var signatures = Self.signatures(security.paths(of: target))
        // The configuration file has been read already.
        for (path, signature) in loaded where signatures[path] != nil { signatures[path] = signature }
        do throws(FileProblem) {
            let material = try await security.read(target)
            let changes = ConfigurationChanges.between(current, wanted)
            return Found(
                target: target, material: material, signatures: signatures,
                difference: ConfigurationDifference(changes: changes, problems: []),
                warnings: read.warnings)
        } catch {
            throw Problems(texts: ["\(error)"])
        }
    }

    /// What there is now, with whatever of another configuration is to be taken.
    private func target(_ wanted: ServerConfiguration, _ extent: Extent) -> ServerConfiguration {
        var target = current
        target.access = wanted.access
        target.subscriptionPolicy = wanted.subscriptionPolicy
        guard extent == .everything else { return target }
        for setting in Settings.all where !ConfigurationChanges.needsRestart(setting.path) {
            setting.write(&target, setting.read(wanted))
        }
        target.listeners = ConfigurationChanges.taken(current.listeners, wanted.listeners)
        return target
    }

    /// - Throws: why a listener could not be opened; nothing has changed then.
    private func take(_ found: Found, _ extent: Extent, _ broker: Broker) async throws(Problems) {
        let before = (try? await broker.listeners().map(\.url)) ?? []
        var listening: ListenerChange?
        if extent == .everything {
            var wanted = found.target.brokerConfiguration
            found.material.tls.secure(&wanted.listeners)
            do {
                listening = try await broker.prepare(wanted.listeners)
            } catch {
                throw Problems(texts: ["\(error)"])
            }
            await takeSettings(of: found.target, broker)
        }
        let change = await security.take(found.material)
        current = found.target
        loaded = found.signatures
        seen = loaded
        watch.follow(security.paths)
        try? await broker.take(listening, ports: security.ports) { change.revokes($0, $1) }
        tell(found, extent, change)
        let now = (try? await broker.listeners().map(\.url)) ?? []
        for url in now where !before.contains(url) { logger.info("listening on \(url)") }
        for url in before where !now.contains(url) { logger.info("no longer listening on \(url)") }
    }

    /// What needs no restart, but for listeners and security.
    private func takeSettings(of target: ServerConfiguration, _ broker: Broker) async {
        if target.logLevel != current.logLevel { output.set(all: target.logLevel) }
        output.set(burst: target.logBurst)
        let (old, new) = (current.brokerConfiguration, target.brokerConfiguration)
        if new.engine != old.engine { try? await broker.reconfigure(new.engine) }
        if new.defence != old.defence { try? await broker.reconfigure(new.defence) }
        if new.engine.offer.redirection != old.engine.offer.redirection {
            try? await broker.redirect(to: new.engine.offer.redirection)
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
        if !security.paths.isEmpty {
            logger.notice("security files reloaded", metadata: change.metadata)
        }
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

import Logging
import MQTTAuth
import MQTTBroker
import UnixSignals

/// Takes changed files of ``Security`` into use: on SIGHUP at once, else when they have changed and stayed as
/// they are for a second, so that a file that is still being written is left alone.
actor SecurityReloader {
    private let security: Security
    private let broker: Broker
    private let auditFile: AuditFile?
    private let logger: Logger
    private var loaded: [FileSignature]
    private var seen: [FileSignature]
    private var isReloading = false
    private var wantsReload = false

    private static let interval = Duration.seconds(1)

    init(_ security: Security, _ broker: Broker, _ auditFile: AuditFile?, logger: Logger) {
        self.auditFile = auditFile
        self.security = security
        self.broker = broker
        self.logger = logger
        loaded = security.paths.map { FileSignature($0) }
        seen = loaded
    }

    /// Goes on until the task is cancelled.
    func run(_ hangups: UnixSignalsSequence) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await _ in hangups {
                    self.auditFile?.reopen()
                    await self.reload()
                }
            }
            group.addTask {
                while (try? await Task.sleep(for: Self.interval)) != nil { await self.look() }
            }
        }
    }

    private func look() async {
        let now = security.paths.map { FileSignature($0) }
        let isSettled = now == seen
        seen = now
        if isSettled && now != loaded { await reload() }
    }

    /// One at a time: an older state of the files must not come after a newer one.
    private func reload() async {
        wantsReload = true
        guard !isReloading else { return }
        isReloading = true
        defer { isReloading = false }
        while wantsReload {
            wantsReload = false
            await reloadOnce()
        }
    }

    private func reloadOnce() async {
        // Before the files are read: what changes while they are is seen the next time.
        loaded = security.paths.map { FileSignature($0) }
        seen = loaded
        guard !loaded.isEmpty else { return }
        let change: SecurityChange
        do throws(FileProblem) {
            change = try await reloaded()
        } catch {
            auditFile?.record(AuditEntry(.reloaded, detail: "nothing, for a file is wrong: \(error)"))
            logger.error("the security files stay as they were, for one is wrong: \(error)")
            return
        }
        try? await broker.reviewRights { client, credentials in change.revokes(client, credentials) }
        if change.needsRestart {
            logger.warning(
                "the configuration file has changes besides authorization.roles and rules; they count from the next start"
            )
        }
        logger.notice("security files reloaded", metadata: change.metadata)
        for warning in security.tls.warnings { logger.warning("\(warning)") }
        let what = change.metadata.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
        auditFile?.record(AuditEntry(.reloaded, detail: what.joined(separator: " ")))
    }

    private func reloaded() async throws(FileProblem) -> SecurityChange {
        var change = try await security.reload()
        if change.areClientAuthoritiesNew {
            change.refusedConnections = await security.tls.refusedConnections()
        }
        return change
    }
}

extension SecurityChange {
    fileprivate var metadata: Logger.Metadata {
        [
            "users-revoked": "\(users.count)", "certificate": isCertificateNew ? "new" : "the same",
            "client-ca": areClientAuthoritiesNew ? "new" : "the same",
            "certificates-refused": "\(refusedConnections.count)",
        ]
    }
}

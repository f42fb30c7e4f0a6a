import Logging
import MQTTBroker

/// Writes what operators do to the log, and to the audit log if there is one.
struct AuditLogger: AuditLog {
    let logger: Logger
    let file: AuditFile?

    func record(_ entry: AuditEntry) {
        logger.notice(
            "administration",
            metadata: [
                "actor": "\(entry.userName?.description ?? "")", "address": "\(entry.peer?.address ?? "")",
                "detail": "\(entry.detail)",
            ])
        file?.record(entry)
    }
}

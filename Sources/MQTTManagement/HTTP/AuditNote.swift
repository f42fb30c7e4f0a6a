import Synchronization

/// What the audit log says of a request besides its path: what stands in its body, and what came of it. Never
/// payloads, never passwords.
final class AuditNote: Sendable {
    /// Bytes of a note. A topic may have 65,535.
    private static let longest = 2_000
    private let note = Mutex("")

    var text: String { note.withLock { $0 } }

    func write(_ text: String) {
        let text = text.utf8.count <= Self.longest ? text : "\(text.prefix(Self.longest / 4))..."
        note.withLock { $0 = text }
    }
}

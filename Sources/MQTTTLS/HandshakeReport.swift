import NIOCore

/// Tells once why a handshake failed. Used on the event loop only.
final class HandshakeReport {
    private let channel: any Channel
    private let failed: @Sendable (any Channel, String) -> Void
    private var isDone = false

    init(channel: any Channel, failed: @escaping @Sendable (any Channel, String) -> Void) {
        self.channel = channel
        self.failed = failed
    }

    func fail(_ reason: String) {
        guard !isDone else { return }
        isDone = true
        failed(channel, reason)
    }

    func succeed() { isDone = true }
}

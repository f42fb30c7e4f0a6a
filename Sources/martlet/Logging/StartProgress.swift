import Logging
import MQTTStorage

/// Tells every second how long the store is being read already, until the broker listens.
struct StartProgress: Sendable {
    private let task: Task<Void, Never>

    init(_ directory: String, logger: Logger) {
        task = Task {
            let begun = ContinuousClock.now
            while true {
                do { try await Task.sleep(for: .seconds(1)) } catch { return }
                logger.notice(
                    "reading the store; clients have to wait",
                    metadata: [
                        "seconds": "\((ContinuousClock.now - begun).components.seconds)",
                        "bytes": "\(StoreFile.size(in: directory))",
                    ])
            }
        }
    }

    func end() { task.cancel() }
}

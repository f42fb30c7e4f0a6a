import Logging
import Synchronization

/// Tells in the log how far a start is that takes its time: after a second, and then once a second.
final class StartProgress: Sendable {
    private let logger: Logger
    private let next = Mutex(ContinuousClock.now + .seconds(1))

    init(_ logger: Logger) { self.logger = logger }

    func read(_ rows: Int) { say("reading what is stored", ["rows": "\(rows)"]) }

    private func say(_ text: String, _ metadata: Logger.Metadata) {
        let isDue = next.withLock { next in
            let now = ContinuousClock.now
            guard now >= next else { return false }
            next = now + .seconds(1)
            return true
        }
        if isDue { logger.info("\(text)", metadata: metadata) }
    }
}

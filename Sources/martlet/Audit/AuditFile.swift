import Logging
import MQTTAuth
import MQTTBroker
import NIOPosix
import Synchronization

/// An audit log in a file: one JSON object on each line, only ever appended to.
///
/// Entries are taken at once; a thread writes all that wait in one go, and syncs them. When the disk fails or does
/// not keep up, entries beyond a bound are lost: how many becomes an entry itself, and an error in the log.
final class AuditFile: AuditLog {
    private let path: String
    private let capacity: Int
    private let logger: Logger
    private let thread = NIOThreadPool(numberOfThreads: 1)
    /// Used on the thread, and while there is none.
    private let file: Mutex<AppendedFile>
    private let queue = Mutex(Queue())

    private struct Queue {
        var bytes: [UInt8] = []
        var lost = 0
        var isBeingWritten = false
    }

    /// - Parameter capacity: bytes of entries that may wait to be written.
    /// - Throws: ``FileProblem`` if the file cannot be appended to.
    init(_ path: String, capacity: Int = 8 << 20, logger: Logger) throws(FileProblem) {
        self.path = path
        self.capacity = capacity
        self.logger = logger
        file = Mutex(try AppendedFile(path))
        thread.start()
    }

    func record(_ entry: AuditEntry) {
        let bytes = entry.line(at: .now())
        let isFirst = queue.withLock { queue in
            if queue.bytes.count + bytes.count <= capacity {
                queue.bytes += bytes
            } else {
                queue.lost += 1
            }
            defer { queue.isBeingWritten = true }
            return !queue.isBeingWritten
        }
        if isFirst { thread.submit { [self] _ in writeAll() } }
    }

    private func writeAll() {
        while file.withLock({ writeNext(to: $0) }) {}
    }

    /// Entries are taken from the queue only while the file is held, so that they are in it before another takes
    /// its place. Returns whether there were any.
    private func writeNext(to file: AppendedFile) -> Bool {
        guard let (bytes, lost) = takeQueue() else { return false }
        do throws(FileProblem) {
            try file.append(bytes)
            if lost > 0 { reportLoss(lost) }
        } catch {
            logger.error("the audit log loses entries: \(error)")
        }
        return true
    }

    private func takeQueue() -> ([UInt8], lost: Int)? {
        queue.withLock { queue in
            guard !queue.bytes.isEmpty || queue.lost > 0 else {
                queue.isBeingWritten = false
                return nil
            }
            defer {
                queue.bytes = []
                queue.lost = 0
            }
            return (queue.bytes, queue.lost)
        }
    }

    private func reportLoss(_ count: Int) {
        logger.error("the audit log has lost \(count) entries: the disk did not keep up")
        record(AuditEntry(.lost, detail: "\(count) entries"))
    }

    /// Opens the file by its name again: whoever rotates logs has renamed the old one, which gets what was
    /// recorded until now.
    func reopen() {
        do throws(FileProblem) {
            let new = try AppendedFile(path)
            file.withLock { file in
                _ = writeNext(to: file)
                file = new
            }
        } catch {
            logger.error("the audit log goes on in the old file: \(error)")
        }
    }

    /// Returns when all entries are written.
    func close() async {
        try? await thread.shutdownGracefully()
        // What came when the thread had ended already.
        writeAll()
    }
}

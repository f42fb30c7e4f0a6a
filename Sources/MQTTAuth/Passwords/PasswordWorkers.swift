import NIOPosix
import Synchronization

#if canImport(Musl)
    import Musl
#elseif canImport(Glibc)
    import Glibc
#endif

/// Threads for slow hashes: neither event loops nor Swift's own threads may be held up by them, not even where all
/// share a processor. What waits is bounded.
final class PasswordWorkers: Sendable {
    /// More wait than may.
    struct Full: Error {}

    private let pool: NIOThreadPool
    private let waiting = Atomic(0)
    private let capacity: Int

    init(threads: Int, capacity: Int) {
        pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
        self.capacity = capacity
    }

    deinit {
        // It has its own thread, for the pool's could not wait for themselves.
        pool.shutdownGracefully { _ in }
    }

    /// - Throws: ``Full``, and `CancellationError` when the pool has ended.
    func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async throws -> Value {
        let old = waiting.add(1, ordering: .relaxed).oldValue
        defer { waiting.subtract(1, ordering: .relaxed) }
        guard old < capacity else { throw Full() }
        return try await pool.runIfActive {
            Self.stepBack()
            return body()
        }
    }

    /// Lets event loops go first, when everybody logs in at once. On Linux priorities belong to threads.
    private static func stepBack() {
        #if os(Linux)
            // PRIO_PROCESS, which is not of the same type in every C library.
            let process: Int32 = 0
            _ = setpriority(process, 0, 10)
        #endif
    }
}

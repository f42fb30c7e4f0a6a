import NIOCore
import Synchronization

/// The way onto a shard's event loop for other threads, which ends with the loop: what comes too late is not
/// carried out.
final class LoopGate: Sendable {
    private let eventLoop: any EventLoop
    private let isOpen = Mutex(true)

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func execute(_ body: @escaping @Sendable () -> Void) {
        // Under the lock, so that the loop cannot end in between.
        isOpen.withLock { isOpen in
            if isOpen { eventLoop.execute(body) }
        }
    }

    /// - Throws: ``BrokerError/notRunning`` if the loop has ended, and what `body` throws.
    func submit<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let future = isOpen.withLock { isOpen in isOpen ? eventLoop.submit(body) : nil }
        guard let future else { throw BrokerError.notRunning }
        return try await future.get()
    }

    func close() { isOpen.withLock { $0 = false } }
}

import Logging
import NIOCore

/// Counts the open connections of each listener, and turns away those beyond its bound. Used on the event
/// loop only.
final class Admission {
    /// Thrown for a connection that is turned away, so that its channel closes.
    struct ListenerFull: Error {}

    private var open: [Int]
    private let bounds: [Int]
    private let names: [String]
    /// So that a log line is written for each time a bound is reached, not for each connection beyond it.
    private var wasFull: [Bool]
    private let logger: Logger
    private var whenEmpty: EventLoopPromise<Void>?
    private(set) var refused: UInt64 = 0

    init(_ listeners: [ListenerConfiguration], logger: Logger) {
        open = Array(repeating: 0, count: listeners.count)
        wasFull = Array(repeating: false, count: listeners.count)
        bounds = listeners.map { $0.maximumConnections ?? .max }
        names = listeners.map(\.url.description)
        self.logger = logger
    }

    func admit(_ channel: any Channel, to listener: Int) throws(ListenerFull) {
        guard open[listener] < bounds[listener] else {
            refused += 1
            if !wasFull[listener] {
                wasFull[listener] = true
                logger.warning(
                    "connections are turned away: the listener has as many as it may",
                    metadata: [
                        "listener": "\(names[listener])", "maximum-connections": "\(bounds[listener])",
                    ])
            }
            throw ListenerFull()
        }
        open[listener] += 1
        channel.closeFuture.assumeIsolated().whenComplete { [self] _ in
            open[listener] -= 1
            wasFull[listener] = false
            if isEmpty { whenEmpty?.succeed() }
        }
    }

    private var isEmpty: Bool { open.allSatisfy { $0 == 0 } }

    /// Completes `promise` once no connection is open.
    func notifyWhenEmpty(_ promise: EventLoopPromise<Void>) {
        if isEmpty { promise.succeed() } else { whenEmpty = promise }
    }
}

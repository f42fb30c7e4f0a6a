import Logging
import NIOCore
import Synchronization

/// Counts the open connections of each listener, on all event loops together, and turns away those beyond its
/// bound or that of all listeners.
final class Admission: Sendable {
    /// Thrown for a connection that is turned away, so that its channel closes.
    struct ListenerFull: Error {}

    private struct State {
        var open: [Int]
        /// So that a log line is written for each time a bound is reached, not for each connection beyond it.
        var wasFull: [Bool]
        var whenEmpty: EventLoopPromise<Void>?

        /// On all listeners.
        var all = 0
        /// The bound on that.
        var total: Int
    }

    private let state: Mutex<State>
    private let bounds: [Int]
    private let names: [String]
    private let logger: Logger

    /// - Parameter total: the bound on all connections.
    init(_ listeners: [ListenerConfiguration], total: Int, logger: Logger) {
        state = Mutex(
            State(
                open: Array(repeating: 0, count: listeners.count),
                wasFull: Array(repeating: false, count: listeners.count), total: total))
        bounds = listeners.map { $0.maximumConnections ?? .max }
        names = listeners.map(\.url.description)
        self.logger = logger
    }

    func admit(_ channel: any Channel, to listener: Int) throws(ListenerFull) {
        let (isAdmitted, isNews, total) = state.withLock { state in
            guard state.open[listener] >= bounds[listener] || state.all >= state.total else {
                state.open[listener] += 1
                state.all += 1
                return (true, false, state.total)
            }
            defer { state.wasFull[listener] = true }
            return (false, !state.wasFull[listener], state.total)
        }
        if isNews {
            logger.warning(
                "connections are turned away: there are as many as there may be",
                metadata: [
                    "listener": "\(names[listener])",
                    "maximum-connections": "\(min(bounds[listener], total))",
                ])
        }
        guard isAdmitted else { throw ListenerFull() }
        channel.closeFuture.whenComplete { [self] _ in
            let whenEmpty = state.withLock { state in
                state.open[listener] -= 1
                state.all -= 1
                state.wasFull[listener] = false
                return state.all == 0 ? state.whenEmpty : nil
            }
            whenEmpty?.succeed()
        }
    }

    /// Whether another connection may come.
    var hasRoom: Bool { state.withLock { $0.all < $0.total } }

    /// Takes another bound on all connections from now on; those that are open stay.
    func setTotal(_ total: Int) { state.withLock { $0.total = total } }

    /// Completes `promise` once no connection is open.
    func notifyWhenEmpty(_ promise: EventLoopPromise<Void>) {
        let isEmpty = state.withLock { state in
            state.whenEmpty = promise
            return state.all == 0
        }
        if isEmpty { promise.succeed() }
    }
}

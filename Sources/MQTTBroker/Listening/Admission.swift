import Logging
import NIOCore
import Synchronization

/// Counts the open connections of each listener, on all event loops together, and turns away those beyond its
/// bound or that of all listeners.
final class Admission: Sendable {
    /// Thrown for a connection that is turned away, so that its channel closes.
    struct ListenerFull: Error {}

    /// Connections through one listener.
    private struct Load {
        var name: String
        var bound: Int
        var open = 0
        /// So that a log line is written for each time a bound is reached, not for each connection beyond it.
        var wasFull = false
    }

    private struct State {
        /// By the number of the listener.
        var loads: [Int: Load] = [:]
        var whenEmpty: EventLoopPromise<Void>?
        /// Open connections on all listeners.
        var all = 0
        /// The bound on that.
        var total: Int
    }

    private let state: Mutex<State>
    private let logger: Logger

    /// - Parameter total: the bound on all connections.
    init(total: Int, logger: Logger) {
        state = Mutex(State(total: total))
        self.logger = logger
    }

    /// A listener may have so many connections from now on; those that it has stay.
    func open(_ listener: Int, _ configuration: ListenerConfiguration) {
        let (name, bound) = (configuration.url.description, configuration.maximumConnections ?? .max)
        state.withLock { state in
            state.loads[listener, default: Load(name: name, bound: bound)].bound = bound
            state.loads[listener]?.name = name
        }
    }

    /// A listener is no more; its connections may live on.
    func close(_ listener: Int) { state.withLock { $0.loads[listener] = nil } }

    /// - Throws: ``ListenerFull``, also for a listener that is no more.
    func admit(_ channel: any Channel, to listener: Int) throws(ListenerFull) {
        let (isAdmitted, news, total) = state.withLock { state -> (Bool, Load?, Int) in
            guard var load = state.loads[listener] else { return (false, nil, 0) }
            let isFull = load.open >= load.bound || state.all >= state.total
            let news = isFull && !load.wasFull ? load : nil
            load.wasFull = load.wasFull || isFull
            if !isFull {
                load.open += 1
                state.all += 1
            }
            state.loads[listener] = load
            return (!isFull, news, state.total)
        }
        if let news {
            logger.warning(
                "connections are turned away: there are as many as there may be",
                metadata: [
                    "listener": "\(news.name)", "maximum-connections": "\(min(news.bound, total))",
                ])
        }
        guard isAdmitted else { throw ListenerFull() }
        channel.closeFuture.whenComplete { [self] _ in ended(listener) }
    }

    private func ended(_ listener: Int) {
        let whenEmpty = state.withLock { state in
            state.loads[listener]?.open -= 1
            state.loads[listener]?.wasFull = false
            state.all -= 1
            return state.all == 0 ? state.whenEmpty.take() : nil
        }
        whenEmpty?.succeed()
    }

    /// Whether another connection may come.
    var hasRoom: Bool { state.withLock { $0.all < $0.total } }

    /// Takes another bound on all connections from now on; those that are open stay.
    func setTotal(_ total: Int) { state.withLock { $0.total = total } }

    /// Completes `promise` once no connection is open, or with ``endWait()``; never when it is of an event loop
    /// that may have ended since.
    func notifyWhenEmpty(_ promise: EventLoopPromise<Void>) {
        let isEmpty = state.withLock { state in
            if state.all > 0 { state.whenEmpty = promise }
            return state.all == 0
        }
        if isEmpty { promise.succeed() }
    }

    /// Nobody waits any longer for the last connection to end.
    func endWait() { state.withLock { $0.whenEmpty.take() }?.succeed() }
}

import Logging
import MQTTTransport
import NIOCore
import Synchronization

/// The listeners of a running broker, which can be exchanged for others: all of them or none.
final class OpenListeners: Sendable {
    private let group: any EventLoopGroup
    private let admission: Admission
    private let logger: Logger
    private let state = Mutex(State())
    /// How connections through a listener are served.
    private let stream: @Sendable (OpenListener, ListenerConfiguration) -> StreamListener

    private struct State {
        var open: [OpenListener] = []
        var lastNumber = 0
    }

    init(
        on group: any EventLoopGroup, _ admission: Admission, logger: Logger,
        stream: @escaping @Sendable (OpenListener, ListenerConfiguration) -> StreamListener
    ) {
        self.group = group
        self.admission = admission
        self.logger = logger
        self.stream = stream
    }

    var bound: [BoundListener] { state.withLock { $0.open }.flatMap(\.bound) }

    /// Opens the first ones.
    ///
    /// - Throws: ``BindError`` for the first that cannot bind; those before it are open then.
    func open(_ listeners: [ListenerConfiguration]) async throws {
        for configuration in listeners {
            let listener = make(configuration)
            try await listener.bind(on: group, isHeld: false)
            state.withLock { $0.open.append(listener) }
        }
    }

    private func make(_ configuration: ListenerConfiguration) -> OpenListener {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        let listener = OpenListener(number: number, configuration)
        admission.open(number, configuration)
        listener.serve(configuration, by: stream(listener, configuration))
        return listener
    }

    // MARK: Others

    /// Binds what is new. Where that takes a socket that will not be needed any more to be closed first, the place
    /// is not listened at for as long as that takes.
    ///
    /// - Throws: ``BindError`` for the first that cannot bind; everything is as it was then.
    func prepare(_ wanted: [ListenerConfiguration]) async throws -> ListenerChange {
        let old = state.withLock { $0.open }
        let matches = ListenerChange.matches(old, wanted)
        let keptNumbers = Set(matches.compactMap { $0?.number })
        let ended = old.filter { !keptNumbers.contains($0.number) }
        var kept: [(listener: OpenListener, configuration: ListenerConfiguration)] = []
        var opened: [OpenListener] = []
        var all: [OpenListener] = []
        for (match, configuration) in zip(matches, wanted) {
            if let match {
                var configuration = configuration
                configuration.sockets = match.configuration.sockets
                kept.append((match, configuration))
            } else {
                opened.append(make(configuration))
            }
            all.append(match ?? opened[opened.count - 1])
        }
        try await bind(opened, insteadOf: ended)
        return ListenerChange(all: all, kept: kept, opened: opened, ended: ended)
    }

    private func bind(_ new: [OpenListener], insteadOf ended: [OpenListener]) async throws {
        func isInTheWay(_ old: OpenListener, _ listener: OpenListener) -> Bool {
            // What others hold stays bound, whatever is closed here.
            !old.isInherited && old.configuration.url.mayOverlap(listener.configuration.url)
        }
        let waiting = new.filter { listener in ended.contains { isInTheWay($0, listener) } }
        let waitingNumbers = Set(waiting.map(\.number))
        var closed: [OpenListener] = []
        do {
            for listener in new where !waitingNumbers.contains(listener.number) {
                try await listener.bind(on: group, isHeld: true)
            }
            for listener in waiting {
                for old in ended where isInTheWay(old, listener) && !old.channels.isEmpty {
                    await old.close()
                    closed.append(old)
                }
                try await listener.bind(on: group, isHeld: true)
            }
        } catch {
            for listener in new { await end(listener) }
            await reopen(closed)
            throw error
        }
    }

    private func reopen(_ listeners: [OpenListener]) async {
        for listener in listeners {
            do {
                try await listener.bind(on: group, isHeld: false)
            } catch {
                logger.error(
                    "a listener was closed for another one, and cannot be opened again: \(error)",
                    metadata: ["listener": "\(listener.configuration.url)"])
            }
        }
    }

    private func end(_ listener: OpenListener) async {
        await listener.end()
        admission.close(listener.number)
    }

    /// Gives up what ``prepare(_:)`` has bound.
    func abandon(_ change: ListenerChange) async {
        for listener in change.opened { await end(listener) }
        await reopen(change.ended.filter { $0.channels.isEmpty })
    }

    /// Closes those that go, and lets those that stay serve as they are to. Returns the names of listeners that
    /// are no more.
    func take(_ change: ListenerChange) async -> Set<String> {
        let before = state.withLock { state in
            defer { state.open = change.all }
            return Set(state.open.map(\.configuration.url.description))
        }
        for (listener, configuration) in change.kept {
            let mode = listener.configuration.unixSocketMode
            listener.serve(configuration, by: stream(listener, configuration))
            admission.open(listener.number, configuration)
            if case .unix(let path) = configuration.url, let new = configuration.unixSocketMode, new != mode,
                !listener.isInherited
            {
                do { try UnixSocketFile(path: path).set(mode: new) } catch { logger.error("\(error)") }
            }
        }
        for listener in change.ended { await end(listener) }
        return before.subtracting(change.all.map(\.configuration.url.description))
    }

    func closeAll() async {
        for listener in state.withLock({ $0.open }) { await listener.close() }
    }
}

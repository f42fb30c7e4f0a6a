import Logging
import MQTTCodec
import MQTTEngine
import MQTTTransport
import NIOCore
import Synchronization

/// Stands before the broker: carries out what its ``Defence`` decides, and tells of it. One for all event
/// loops; nothing of it is asked for a message.
final class Sentry: Sendable {
    let state: Mutex<State>
    let logger: Logger
    let auditLog: (any AuditLog)?
    let now: @Sendable () -> Instant

    struct State {
        var defence: Defence
        var counters = DoorCounters()
        /// Those that have not logged in.
        var channels: [UInt64: any Channel] = [:]
        /// The real addresses of clients that are connected.
        var addresses: [UInt64: NetworkAddress] = [:]
        /// Whether it was told that handshakes are cut off.
        var isCrowded = false
    }

    init(
        _ limits: DefenceLimits, files: UInt64? = nil, logger: Logger, auditLog: (any AuditLog)? = nil,
        now: @escaping @Sendable () -> Instant = { .now }
    ) {
        state = Mutex(State(defence: Defence(limits, files: files)))
        self.logger = logger
        self.auditLog = auditLog
        self.now = now
    }

    /// Goes by other bounds from now on.
    func take(_ limits: DefenceLimits, files: UInt64?) {
        state.withLock { $0.defence.take(limits, files: files) }
    }

    /// Puts itself before all that is asked about clients.
    func extend(_ ports: Ports) -> Ports {
        var ports = ports
        ports.doorkeeper = self
        ports.authenticator = ports.authenticator.map { GuardedAuthenticator(base: $0, sentry: self) }
        return ports
    }

    // MARK: Connections

    /// A connection was accepted. Gives it its number, or turns it away.
    ///
    /// - Parameter isIntroduced: whether its address is the client's; false: a proxy will tell that.
    /// - Throws: ``Defence/TurnedAway``.
    func admit(_ arrival: inout Arrival, listener: String, isIntroduced: Bool) throws {
        let address = isIntroduced ? arrival.remoteAddress.flatMap { NetworkAddress($0) } : nil
        let channel = arrival.channel
        let (answer, evicted, isFirstEvicted) = state.withLock { state in
            let answer = state.defence.arrived(address, at: now())
            guard case .admitted(let number, let evicted) = answer else {
                return (answer, (any Channel)?.none, false)
            }
            state.channels[number] = channel
            state.addresses[number] = address
            guard let evicted else {
                if state.defence.isCalm { state.isCrowded = false }
                return (answer, nil, false)
            }
            defer { state.isCrowded = true }
            return (answer, state.channels.removeValue(forKey: evicted), !state.isCrowded)
        }
        evicted?.close(promise: nil)
        if isFirstEvicted {
            logger.warning(
                "too many connections have not logged in: the oldest are cut off",
                metadata: ["listener": "\(listener)"])
        }
        arrival.number = try number(answer, arrival, listener)
        let number = arrival.number
        channel.closeFuture.whenComplete { [self] _ in ended(number) }
    }

    /// A proxy has told who a connection is from.
    ///
    /// - Throws: ``Defence/TurnedAway``.
    func introduce(_ arrival: Arrival, listener: String) throws {
        let address = arrival.remoteAddress.flatMap { NetworkAddress($0) }
        let answer = state.withLock { state in
            state.addresses[arrival.number] = address
            return state.defence.introduced(arrival.number, address, at: now())
        }
        _ = try number(answer, arrival, listener)
    }

    private func number(
        _ answer: Defence.Arriving, _ arrival: Arrival, _ listener: String
    ) throws -> UInt64 {
        switch answer {
        case .admitted(let number, _): return number
        case .refused(let reason, let isFirst):
            state.withLock { $0.counters.turnedAway[reason.counter, default: 0] += 1 }
            // One line for each time that it begins, not for each connection: logs have bounds too.
            if isFirst {
                let peer = Peer(of: arrival, listener: listener)
                logger.warning(
                    "connections are turned away",
                    metadata: [
                        "address": "\(peer.address)", "listener": "\(listener)",
                        "detail": "\(reason.rawValue)",
                    ])
                auditLog?.record(AuditEntry(.turnedAway, peer: peer, detail: reason.rawValue))
            }
            throw reason
        }
    }

    private func ended(_ number: UInt64) {
        state.withLock { state in
            state.channels[number] = nil
            state.addresses[number] = nil
            state.defence.handshakeEnded(number)
        }
    }

    // MARK: Logins

    /// An authenticator is about to be asked. Returns where the client is.
    func loginBegan(_ request: AuthenticationRequest) -> NetworkAddress? {
        state.withLock { state in
            state.defence.loginBegan(request.peer.number)
            return state.addresses[request.peer.number]
        }
    }

    /// Looks at an answer of an authenticator. Returns the milliseconds for which it is to be held back.
    func loginEnded(
        _ request: AuthenticationRequest, _ outcome: AuthenticationOutcome, from address: NetworkAddress?
    ) -> Int64 {
        state.withLock { $0.defence.loginAnswered(request.peer.number) }
        switch outcome {
        case .challenge: return 0
        case .accepted(let userName, _, _, _):
            state.withLock { $0.defence.loginSucceeded(address, userName: userName ?? request.userName) }
            return 0
        case .refused(let code, _):
            // Who gives nothing does not guess.
            let isGuess = request.password != nil || request.method != nil
            guard code == .badUserNameOrPassword || code == .notAuthorized && isGuess else { return 0 }
            return fail(request, address)
        }
    }

    /// A client was let in without asking.
    func loginSucceeded(_ request: AuthenticationRequest, _ outcome: AuthenticationOutcome) {
        guard case .accepted(let userName, _, _, _) = outcome else { return }
        state.withLock { state in
            state.defence.loginSucceeded(
                state.addresses[request.peer.number], userName: userName ?? request.userName)
        }
    }

    private func fail(_ request: AuthenticationRequest, _ address: NetworkAddress?) -> Int64 {
        var hasher = Hasher()
        hasher.combine(request.userName)
        hasher.combine(request.password)
        hasher.combine(request.data)
        let attempt = hasher.finalize()
        let (failure, limits) = state.withLock { state in
            let failure = state.defence.loginFailed(
                address, userName: request.userName, attempt: attempt, at: now())
            return (failure, state.defence.limits)
        }
        let client = Event.Client(
            identifier: request.clientIdentifier, userName: request.userName, peer: request.peer)
        if failure.isAddressBanned {
            let detail = "\(limits.addressFailures) different logins have failed"
            ban(.address, "address banned", client, limits.banTime, detail)
        }
        if failure.isUserGuarded {
            let detail = "\(limits.userFailures) logins have failed: only addresses it has used may try"
            ban(.user, "user guarded", client, limits.banTime, detail)
        }
        return failure.delay
    }

    private func ban(
        _ kind: Ban.Kind, _ message: Logger.Message, _ client: Event.Client, _ time: Int64, _ detail: String
    ) {
        state.withLock { $0.counters.bans[kind, default: 0] += 1 }
        var metadata = EventLog.metadata(client, ["detail": "\(detail)"])
        metadata["seconds"] = "\(time / 1000)"
        logger.warning(message, metadata: metadata)
        auditLog?.record(AuditEntry(.banned, client: client, detail: "\(message): \(detail)"))
    }

    /// Learns from what has happened to clients.
    func observe(_ event: Event) {
        switch event {
        case .clientConnected(let client, _, _, _):
            state.withLock { state in
                state.channels[client.peer.number] = nil
                state.defence.handshakeEnded(client.peer.number)
            }
        case .clientDisconnected(let client, let cause, _):
            if case .byClient = cause { return }
            if case .byServer(.serverShuttingDown, _) = cause { return }
            let limits = state.withLock { state in
                let isBanned = state.defence.connectionLost(
                    state.addresses[client.peer.number], clientIdentifier: client.identifier, at: now())
                return isBanned ? state.defence.limits : nil
            }
            if let limits {
                ban(.client, "client banned", client, limits.flapBanTime, "it loses its connection too often")
            }
        default: return
        }
    }
}

extension Sentry: Doorkeeper {
    func refusal(
        _ peer: Peer, clientIdentifier: MQTTString, userName: MQTTString?
    ) -> DoorkeeperRefusal? {
        state.withLock { state in
            state.defence.refusal(
                state.addresses[peer.number], clientIdentifier: clientIdentifier, userName: userName,
                at: now())
        }.map { DoorkeeperRefusal(.banned, detail: $0) }
    }
}

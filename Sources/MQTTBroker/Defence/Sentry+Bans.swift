import Logging
import MQTTEngine
import Synchronization

extension Sentry {
    func bans() -> [Ban] { state.withLock { $0.defence.bans(at: now()) } }

    func order(_ ban: Ban) throws(BanProblem) {
        let problem = state.withLock { state -> BanProblem? in
            do throws(BanProblem) {
                try state.defence.ordered.order(ban, at: now())
                return nil
            } catch {
                return error
            }
        }
        if let problem { throw problem }
        let seconds = ban.remaining.map { ", for \($0 / 1000) seconds" } ?? ""
        tell("banned by order", ban.kind, ban.subject, ban.reason + seconds)
    }

    func lift(_ kind: Ban.Kind, _ subject: String) -> Bool {
        guard state.withLock({ $0.defence.lift(kind, subject, at: now()) }) else { return false }
        tell("ban lifted by order", kind, subject, "")
        return true
    }

    private func tell(_ what: String, _ kind: Ban.Kind, _ subject: String, _ detail: String) {
        logger.notice(
            "\(what)", metadata: ["kind": "\(kind.rawValue)", "who": "\(subject)", "detail": "\(detail)"])
        auditLog?.record(AuditEntry(.banned, detail: "\(what): \(kind.rawValue) \(subject) \(detail)"))
    }

    /// Whether an operator has banned a client that is connected.
    func isForbidden(_ client: Event.Client) -> Bool {
        guard client.peer.listener != InProcessTrust.listener else { return false }
        return state.withLock { state in
            if state.defence.ordered.forbids(client.identifier, client.userName, at: now()) { return true }
            guard let address = state.addresses[client.peer.number] else { return false }
            return state.defence.ordered.forbids(address, at: now()).isForbidden
        }
    }

    var counters: DoorCounters {
        state.withLock { state in
            var counters = state.counters
            counters.waiting = state.defence.waitingCount
            return counters
        }
    }

    /// A handshake of TLS is over.
    func handshakeEnded(succeeded: Bool) {
        state.withLock { state in
            if succeeded {
                state.counters.handshakesSucceeded += 1
            } else {
                state.counters.handshakesFailed += 1
            }
        }
    }
}

extension Defence.TurnedAway {
    var counter: DoorCounters.TurnedAway {
        switch self {
        case .banned: .banned
        case .tooFast: .tooFast
        case .tooManyHandshakes: .tooManyHandshakes
        case .tooManyLogins: .tooManyLogins
        }
    }
}

import MQTTEngine

/// Makes entries of an audit log of events.
struct AuditTrail: Sendable {
    let log: any AuditLog

    func record(_ event: Event) {
        if let entry = Self.entry(for: event) { log.record(entry) }
    }

    /// nil: nothing that an audit asks for. The broker's own process is not asked about either.
    static func entry(for event: Event) -> AuditEntry? {
        switch event {
        case .clientConnected(let client, let version, _, _) where !isOwn(client):
            AuditEntry(.login, client: client, detail: "\(version)")
        case .clientRefused(let client, let code, let detail):
            AuditEntry(.refused, client: client, reason: code, detail: detail)
        case .clientDisconnected(let client, let cause, _) where !isOwn(client):
            switch cause {
            case .byClient(let code): AuditEntry(.logout, client: client, reason: code)
            case .connectionLost: AuditEntry(.logout, client: client, detail: "connection lost")
            case .byServer(let code, let detail):
                AuditEntry(.thrownOut, client: client, reason: code, detail: detail)
            }
        case .connectionDropped(let peer, let detail): AuditEntry(.turnedAway, peer: peer, detail: detail)
        case .subscribed(let client, let filter, let code) where code == .notAuthorized:
            AuditEntry(.denied, client: client, reason: code, detail: "subscribe \(filter)")
        case .publishRefused(let client, let topic, let code) where code == .notAuthorized:
            AuditEntry(.denied, client: client, reason: code, detail: "publish \(topic)")
        case .publishRateExceeded(let client):
            AuditEntry(.denied, client: client, detail: "publishes faster than it may")
        default: nil
        }
    }

    private static func isOwn(_ client: Event.Client) -> Bool {
        client.peer.listener == InProcessTrust.listener
    }
}

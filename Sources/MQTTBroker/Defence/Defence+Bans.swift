import MQTTCodec
import MQTTEngine
import MQTTTransport

/// What operators see and change of bans.
extension Defence {
    mutating func bans(at now: Instant) -> [Ban] {
        let addresses = addresses.entries.compactMap { network, record in
            record.failures.ban.remaining(at: now).map {
                Ban(.address, Self.text(network), remaining: $0, isOrdered: false, reason: "failed logins")
            }
        }
        let users = users.entries.compactMap { name, failures in
            failures.ban.remaining(at: now).map {
                Ban(.user, "\(name)", remaining: $0, isOrdered: false, reason: "failed logins")
            }
        }
        let clients = clients.entries.compactMap { identifier, record in
            record.ban.remaining(at: now).map {
                Ban(.client, "\(identifier)", remaining: $0, isOrdered: false, reason: "lost connections")
            }
        }
        return (ordered.all(at: now) + addresses + users + clients)
            .sorted { ($0.kind.rawValue, $0.subject) < ($1.kind.rawValue, $1.subject) }
    }

    /// Ends a ban, whoever has made it. Returns whether there was one.
    mutating func lift(_ kind: Ban.Kind, _ subject: String, at now: Instant) -> Bool {
        let wasOrdered = ordered.lift(kind, subject)
        let wasMade =
            switch kind {
            case .address:
                addresses.entries.first { network, record in
                    record.failures.ban.remaining(at: now) != nil && Self.text(network) == subject
                }.map { network, record in
                    addresses.change(network, record) { $0.failures = FailureCount() }
                } != nil
            case .user:
                users.value(MQTTString(subject))?.ban.remaining(at: now).map { _ in
                    users.change(MQTTString(subject), FailureCount()) { $0 = FailureCount() }
                } != nil
            case .client:
                clients.value(MQTTString(subject))?.ban.remaining(at: now).map { _ in
                    clients.change(MQTTString(subject), FlapRecord()) { $0 = FlapRecord() }
                } != nil
            }
        return wasOrdered || wasMade
    }

    /// What an address is counted by, as people write it.
    private static func text(_ network: NetworkAddress) -> String {
        network.isVersion4 ? network.text : network.text + "/64"
    }
}

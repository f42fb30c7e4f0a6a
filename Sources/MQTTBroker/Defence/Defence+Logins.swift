import MQTTCodec
import MQTTEngine
import MQTTTransport

extension Defence {
    /// What follows from a failed login.
    struct Failure: Equatable {
        /// Milliseconds that the answer is held back.
        var delay: Int64 = 0
        var isAddressBanned = false
        var isUserGuarded = false
    }

    /// Why a client is refused before it is asked who it is; nil: it may try.
    func refusal(
        _ address: NetworkAddress?, clientIdentifier: MQTTString, userName: MQTTString?, at now: Instant
    ) -> String? {
        if ordered.forbids(clientIdentifier, userName, at: now) { return "an operator has banned it" }
        guard let network = network(address) else { return nil }
        if addresses.value(network)?.failures.ban.isOn(at: now) == true { return TurnedAway.banned.rawValue }
        if !clientIdentifier.isEmpty, clients.value(clientIdentifier)?.ban.isOn(at: now) == true {
            return "the client loses its connection too often"
        }
        if let userName, users.value(userName)?.ban.isOn(at: now) == true,
            familiar.value(Familiar(userName: userName, network: network)) == nil
        {
            return "too many logins of this user have failed, and it has not come from this address before"
        }
        return nil
    }

    /// - Parameter attempt: a hash of the name and the password, by which the same ones are known again.
    mutating func loginFailed(
        _ address: NetworkAddress?, userName: MQTTString?, attempt: Int, at now: Instant
    ) -> Failure {
        guard let network = network(address) else { return Failure() }
        let limits = limits
        var failure = Failure()
        var count = 0
        failure.isAddressBanned = addresses.change(network, AddressRecord(limits, at: now)) { record in
            let isNew = record.isNew(attempt)
            defer { count = record.failures.all }
            return record.failures.fail(counts: isNew, maximum: limits.addressFailures, limits, at: now)
        }
        if let userName {
            failure.isUserGuarded = users.change(userName, FailureCount()) { failures in
                defer { count = max(count, failures.all) }
                return failures.fail(counts: true, maximum: limits.userFailures, limits, at: now)
            }
        }
        failure.delay = min(limits.loginDelay, 250 << Int64(min(max(count - 1, 0), 20)))
        return failure
    }

    mutating func loginSucceeded(_ address: NetworkAddress?, userName: MQTTString?) {
        guard let network = network(address), let userName else { return }
        familiar.change(Familiar(userName: userName, network: network), true) { _ in }
    }

    /// A client has lost its connection or was thrown out. Returns whether its identifier is banned for it.
    mutating func connectionLost(
        _ address: NetworkAddress?, clientIdentifier: MQTTString, at now: Instant
    ) -> Bool {
        guard limits.flaps > 0, network(address) != nil, !clientIdentifier.isEmpty else { return false }
        let limits = limits
        return clients.change(clientIdentifier, FlapRecord()) { $0.lost(limits, at: now) }
    }
}

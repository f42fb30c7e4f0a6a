import MQTTCodec
import MQTTEngine

extension EngineConfiguration {
    /// Small bounds, so that inputs reach them. Sessions end within an hour.
    init(fuzzed input: inout Input) {
        self.init()
        systemTopicInterval = 0
        onlineQueuePolicy = QueuePolicy.allCases[input.below(QueuePolicy.allCases.count)]
        offlineQueuePolicy = QueuePolicy.allCases[input.below(QueuePolicy.allCases.count)]
        let bounds = input.byte()
        limits.sessionExpiryInterval = 3_000
        limits.inFlight = bounds & 1 != 0 ? 2 : 20
        limits.queueMessages = bounds & 2 != 0 ? 3 : 1_000
        limits.queueBytes = bounds & 4 != 0 ? 200 : 1_000_000
        limits.outgoingBytes = bounds & 8 != 0 ? 300 : 100_000
        limits.storedBytes = bounds & 16 != 0 ? 1_000 : 1_000_000
        limits.retainedMessages = bounds & 32 != 0 ? 2 : 1_000
        limits.retainedBytes = bounds & 32 != 0 ? 200 : 1_000_000
        limits.deferredBytes = bounds & 64 != 0 ? 50 : 10_000
        limits.storedSessions = bounds & 128 != 0 ? 1 : 1_000
        limits.packetSize = 65_536
        limits.subscriptionsPerSession = 4
        limits.outgoingTopicAliases = 2
        limits.slowReaderTime = 5_000
        limits.publisherHoldTime = 5_000
        let offered = input.byte()
        offer.maximumQoS = offered & 1 != 0 ? .atLeastOnce : .exactlyOnce
        offer.retainAvailable = offered & 2 == 0
        offer.wildcardSubscriptionAvailable = offered & 4 == 0
        offer.subscriptionIdentifierAvailable = offered & 8 == 0
        offer.sharedSubscriptionAvailable = offered & 16 == 0
        offer.receiveMaximum = offered & 32 != 0 ? 2 : 65_535
        offer.serverKeepAlive = offered & 64 != 0 ? 5 : nil
        offer.assignsClientIdentifiers = offered & 128 == 0
        offer.responseInformation = "r/"
    }
}

extension Ports {
    init(fuzzed input: inout Input) {
        let choice = input.byte()
        self.init(
            authenticator: choice & 1 != 0 ? FuzzedAuthenticator() : nil,
            authorizer: choice & 2 != 0 ? FuzzedAuthorizer() : nil)
    }
}

/// The shard only asks whether there is one: the input answers for it.
private struct FuzzedAuthenticator: Authenticator {
    func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome { .accepted() }
}

/// Says what the topic's name says.
private struct FuzzedAuthorizer: Authorizer {
    func decision(_ request: AccessRequest) -> AccessDecision {
        let name: MQTTString =
            switch request.operation {
            case .publish(let topic, _, _), .receive(let topic): topic
            case .subscribe(let filter, _): MQTTString(Array(filter.pattern))
            }
        switch name {
        case "denied": return .deny
        case "undecided": return .undecided
        default: return .allow
        }
    }
}

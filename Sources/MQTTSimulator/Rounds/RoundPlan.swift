import MQTTCodec
import MQTTEngine

/// How one round is set up; drawn from its seed.
struct RoundPlan {
    /// What the bounds are meant to bring about.
    enum Pressure: Sendable, CaseIterable {
        /// Queues that never fill: everything can be foretold exactly.
        case none
        case dropOldest
        case endSession
        case rejectNewest
        case holdPublishers
    }

    let pressure: Pressure
    let clients: Int
    let steps: Int
    /// The times that everything comes to rest and is compared.
    let settlings: Int
    /// Whether clients are only let in when an authenticator has answered, which takes its time.
    let authenticates: Bool
    let configuration: EngineConfiguration

    /// - Parameter shards: with several, what happens when a queue is full depends on how fast they talk to each
    ///   other, and cannot be foretold.
    init(_ chance: inout Chance, shards: Int) {
        let drawn = chance.pick(weighted: [
            (60, Pressure.none), (12, .dropOldest), (10, .endSession), (9, .rejectNewest),
            (9, .holdPublishers),
        ])
        pressure = shards > 1 ? .none : drawn
        clients = chance.between(2, 6)
        steps = chance.between(60, 260)
        settlings = pressure == .holdPublishers ? 1 : chance.between(1, 4)
        authenticates = pressure == .none && chance.percent(20)
        var configuration = EngineConfiguration()
        configuration.systemTopicInterval = pressure == .none && chance.percent(10) ? 10 : 0
        configuration.offer.receiveMaximum = chance.pick([65_535, 65_535, 1, 3, 20])
        configuration.offer.topicAliasMaximum = chance.pick([64, 64, 2, 0])
        configuration.offer.serverKeepAlive = chance.pick([nil, nil, nil, 40])
        configuration.limits.inFlight = chance.pick([2_048, 2_048, 5, 2, 1])
        configuration.limits.outgoingTopicAliases = chance.pick([32, 3, 1, 0])
        if chance.percent(20) { configuration.limits.sessionExpiryInterval = 60 }
        if chance.percent(10) { configuration.limits.messageExpiryInterval = 40 }
        if chance.percent(10) { configuration.limits.keepAlive = 30 }
        if pressure == .holdPublishers {
            configuration.limits.messageExpiryInterval = 0
            configuration.limits.sessionExpiryInterval = .max
            configuration.limits.keepAlive = 0
            configuration.offer.serverKeepAlive = nil
        }
        let queue = chance.between(1, 6)
        if pressure != .none {
            configuration.limits.queueMessages = queue
            configuration.limits.inFlight = chance.pick([1, 2, 3])
        }
        switch pressure {
        case .none: break
        case .dropOldest: configuration.setPolicies(.dropOldest)
        case .endSession: configuration.setPolicies(.endSession)
        case .rejectNewest: configuration.setPolicies(.rejectNewest)
        case .holdPublishers: configuration.setPolicies(.holdPublishers)
        }
        self.configuration = configuration
    }

    func role(of number: Int, _ version: ProtocolVersion) -> ClientModel.Role {
        switch pressure {
        case .holdPublishers: number % 2 == 0 ? .onlyPublishing : .onlySubscribing
        // A publish of a 3.x client cannot be refused: it would have to wait.
        case .rejectNewest: version == .v5 ? .everything : .listening
        default: .everything
        }
    }

    /// How far the clock goes at a time, in milliseconds. With `$SYS` not far: it fills who does not read.
    var timeSteps: [Int64] {
        if pressure != .none { return [50, 400, 1000, 3000, 70_000] }
        let short: [Int64] = [50, 200, 400, 600, 1000, 1500, 2500, 3500, 4000, 6000, 8000, 20_000]
        return publishesSystemTopics ? short : short + [100_000, 4_000_000]
    }

    var publishesSystemTopics: Bool { configuration.systemTopicInterval > 0 }

    /// Whether publishes can lie unprocessed in the shard, so that it is not known when they take effect.
    var holdsPublishers: Bool { pressure == .holdPublishers }
}

extension EngineConfiguration {
    fileprivate mutating func setPolicies(_ policy: QueuePolicy) {
        onlineQueuePolicy = policy
        offlineQueuePolicy = policy
    }
}

import MQTTCodec
import MQTTEngine
import NIOCore

/// One round: a broker, its clients, a network and a clock, all moved by one seed.
final class Round {
    let plan: RoundPlan
    var chance: Chance
    var now = Instant(milliseconds: 1_000_000)
    let reference: ReferenceBroker
    let hosts: [ShardHost]
    var clients: [ClientModel] = []
    var outlaws: [Link] = []
    var saboteur: Saboteur
    var history: History
    private var linkCount = 0

    init(seed: UInt64, shards: Int, sabotage: Sabotage, trace: ((String) -> Void)?) {
        chance = Chance(seed: seed)
        plan = RoundPlan(&chance, shards: shards)
        history = History(trace: trace)
        saboteur = Saboteur(sabotage, patience: sabotage == .none ? 0 : chance.below(6))
        reference = ReferenceBroker(configuration: plan.configuration, plan: plan, now: now)
        var hosts: [ShardHost] = []
        for index in 0..<shards {
            hosts.append(
                ShardHost(
                    configuration: plan.configuration, authenticates: plan.authenticates,
                    place: ShardPlace(index: index, of: shards, seed: seed), seed: chance.next(), now: now))
        }
        self.hosts = hosts
        for number in 0..<plan.clients {
            let version = chance.pick(weighted: [(5, ProtocolVersion.v5), (3, .v3_1_1), (2, .v3_1)])
            var habit = chance.pick(ClientModel.Habit.allCases)
            // Who never acknowledges would hold the others for ever.
            if plan.holdsPublishers && habit == .never { habit = .late }
            clients.append(
                ClientModel(
                    "c\(number)".mqtt, version, plan.role(of: number, version), habit,
                    isNameless: plan.pressure == .none && version != .v3_1 && chance.percent(10),
                    isBusy: plan.pressure != .none))
        }
    }

    func run() throws(Fault) {
        history.add("plan: \(plan.pressure), \(plan.clients) clients, \(plan.steps) steps")
        if plan.holdsPublishers { try subscribeFirst() }
        for _ in 0..<plan.settlings {
            for _ in 0..<plan.steps / plan.settlings { try step() }
            // Those who are away hold publishers: there is no rest before they have come back.
            if !plan.holdsPublishers { try settle() }
        }
        try finish()
    }

    func openLink(_ client: ClientModel?) throws(Fault) -> Link {
        let host = hosts[linkCount % hosts.count]
        history.add("on shard \(linkCount % hosts.count)")
        let peer = Peer(address: "virtual:\(linkCount)", listener: "virtual")
        guard let connection = host.shard.connectionOpened(peer, at: now) else {
            throw Fault("a connection was refused")
        }
        let link = Link(
            serial: linkCount, host: host, connection: connection, client: client,
            reference: reference.opened(serial: linkCount, isOutlaw: client == nil))
        guard host.links[connection] == nil else { throw Fault("\(connection) is in use already") }
        linkCount += 1
        link.isEager = chance.percent(60)
        host.links[connection] = link
        return link
    }

    /// All open links, in the order of their opening.
    var links: [Link] {
        var all: [Link] = []
        for host in hosts { all += host.links.values }
        return all.sorted { $0.serial < $1.serial }
    }
}

import MQTTCodec

@testable import MQTTEngine

/// A random history of clients, batches and crashes, and what has to be true after it.
final class CrashHistory {
    let harness: EngineHarness
    private var generator: SplitMix64
    private let publishers: [CrashClient]
    private let readers: [CrashClient]
    /// Members of a shared subscription, on several shards.
    private let members: [CrashClient]
    private let changer: CrashClient
    private var number = 0
    private let sabotage: Sabotage?
    private let disk: SimulatedDisk
    /// Whether the disk fails and fills in this history.
    private let isTroubled: Bool
    /// Messages that were refused because of that.
    private var refused: UInt64 = 0
    private(set) var crashes = 0
    /// Whether there are topics whose messages are only written, `w/`, or in memory alone, `m/`.
    private let isByTopic: Bool
    /// Whether batches leave what acknowledgements may settle, which is nearly all of it.
    private let isHolding: Bool
    /// Whether the machine goes on when the broker dies: then what was written stays.
    private let isMachineSafe: Bool
    private(set) var failures: [String] = []

    private var everyone: [CrashClient] { publishers + readers + [changer] + members }

    init(
        seed: UInt64, _ sabotage: Sabotage? = nil, shards: Int = 1, isByTopic: Bool = false,
        isHolding: Bool = false
    ) {
        self.isHolding = isHolding
        generator = SplitMix64(state: seed)
        self.sabotage = sabotage
        self.isByTopic = isByTopic
        isMachineSafe = isByTopic && seed % 2 == 0
        // A disk that fails may also lose what was written before, and only that was promised.
        isTroubled = !isByTopic && seed / 3 % 2 == 1 || sabotage == .ignoresFailedSync
        // In two of three histories queues are on the disk as soon as they are longer than this.
        let window = [1_024, 1, 3][Int(seed % 3)]
        let harness = EngineHarness(durable: true, shards: shards) {
            $0.limits.queueWindow = window
            if isHolding { $0.limits.holdThreshold = 1 + Int(seed % 5) }
            if isByTopic {
                $0.durability.rules = [("w/#", Durability.written), ("m/#", .memory)].compactMap { rule in
                    (try? TopicFilter(rule.0)).map { DurabilityByTopic.Rule($0, rule.1) }
                }
            }
            if window < 1_024 { $0.limits.queueMemory = Int(seed % 4) * 400 }
        }
        self.harness = harness
        harness.readsAtOnce = seed % 2 == 0
        publishers = ["p1", "p2"].map { CrashClient($0, receiveMaximum: 10, harness) }
        readers = [("r1", 1), ("r2", 3), ("r3", 100)].map {
            CrashClient(MQTTString($0.0), receiveMaximum: $0.1, harness)
        }
        members =
            shards == 1 ? [] : ["m1", "m2", "m3"].map { CrashClient($0, receiveMaximum: 10, harness) }
        changer = CrashClient("changer", receiveMaximum: 10, harness)
        harness.splitsRounds = sabotage == .splitsRounds
        if let sabotage {
            harness.store?.forgets = sabotage.forgets
            harness.store?.replaces = sabotage.replaces
        }
        if sabotage == .forgetsIdentifiersAlone {
            harness.store?.forgets = Sabotage.forgettingIdentifiersAlone()
        }
        disk = SimulatedDisk(harness, flaw: sabotage?.flaw)
    }

    private func roll(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

    func run(steps: Int) {
        for client in everyone { client.connect() }
        settle()
        for reader in readers { reader.change("t/#", isOn: true) }
        if isByTopic {
            for reader in readers {
                for filter in ["w/#", "m/#"] { reader.change(MQTTString(filter), isOn: true) }
            }
        }
        for member in members { member.change("$share/group/t/#", isOn: true) }
        settle()
        harness.storesAtOnce = false
        disk.begin()
        harness.isMailSlow = harness.shardCount > 1
        for _ in 0..<steps { step() }
        if roll(2) == 0 { crash() }
        harness.isMailSlow = false
        disk.isFull = false
        while !disk.isIdle { disk.step(isFailing: false, surviving: 0) }
        harness.storesAtOnce = true
        harness.storesHeld = isHolding
        harness.readsAtOnce = true
        harness.storeAll()
        harness.readAll()
        for client in everyone where !client.isUp { client.connect() }
        settle()
        verify()
    }

    /// Lets everything come to its end.
    private func settle() {
        while everyone.reduce(false, { $1.poll() || $0 }) {}
        harness.advance(milliseconds: 1)
        while everyone.reduce(false, { $1.poll() || $0 }) {}
    }

    private func step() {
        let shards = harness.shardCount
        if shards > 1 {
            harness.nextShard = roll(shards)
            if roll(2) == 0 { harness.takeMail(of: roll(shards)) }
        }
        if isHolding { harness.advance(milliseconds: Int64(roll(3))) }
        switch roll(100) {
        case 0..<35: publish(publishers[roll(2)])
        case 35..<65:
            let client = everyone[roll(everyone.count)]
            for _ in 0..<1 + roll(6) { _ = client.poll() }
            if roll(3) == 0 { harness.readOnce() }
        case 65..<74: beginBatch()
        case 74..<89: disk.step(isFailing: isTroubled && roll(20) == 0, surviving: roll(3))
        case 89..<90: disk.isFull = isTroubled && roll(3) == 0
        case 90..<92:
            let client = everyone[roll(everyone.count)]
            client.loseConnection()
            client.connect()
        case 92..<93: readers[roll(readers.count)].loseConnection()
        case 93..<94:
            if let away = everyone.first(where: { !$0.isConnecting }) { away.connect() }
            harness.readOnce()
        case 94..<98: if changer.isFree { changer.change("s/\(roll(4))", isOn: roll(2) == 0) }
        default: crash()
        }
    }

    private func publish(_ publisher: CrashClient) {
        guard publisher.isFree else { return }
        number += 1
        // What is retained, or of QoS 2, cannot be settled by an acknowledgement: everything is stored with it.
        let isAtLeastOnce = isHolding ? roll(30) > 0 : roll(2) == 0
        let qos: QoS = isAtLeastOnce ? .atLeastOnce : .exactlyOnce
        if roll(isHolding ? 30 : 6) == 0 {
            // A topic for each QoS: resent at QoS 1, an older message may come again behind a newer one of QoS 2.
            publisher.publish("retained/\(publisher.name)/\(qos.rawValue)", number, qos, retain: true)
        } else {
            let prefix = isByTopic ? ["t", "w", "m"][number % 3] : "t"
            publisher.publish("\(prefix)/\(publisher.name)/\(qos.rawValue)", number, qos, retain: false)
        }
    }

    private func beginBatch() {
        let shards = harness.shardCount
        guard let batch = harness.beginBatch(of: shards > 1 ? roll(shards) : nil) else { return }
        disk.begin(batch, isToldEarly: sabotage.map { batch.operations.contains(where: $0.isEarly) } ?? false)
    }

    /// The power fails.
    private func crash() {
        crashes += 1
        refused += harness.drops(.unstorable)
        let surviving = roll(3)
        disk.crash(surviving: isMachineSafe ? .max : surviving)
        harness.crash(downForSeconds: Int64(roll(100)))
        storeRestored()
        for client in everyone {
            if harness.shardCount > 1 { harness.nextShard = roll(harness.shardCount) }
            client.connect()
        }
    }

    /// Several shards first store what they have made of what was stored; the power can fail meanwhile.
    private func storeRestored() {
        guard harness.shardCount > 1 else { return }
        harness.isMailSlow = false
        defer { harness.isMailSlow = true }
        while true {
            if let batch = harness.beginBatch(isLazy: true) { disk.begin(batch, isToldEarly: false) }
            guard !disk.isIdle else {
                harness.sweepStore()
                return
            }
            disk.step(isFailing: false, surviving: 0)
            guard roll(20) == 0 else { continue }
            disk.crash(surviving: roll(3))
            harness.crash(downForSeconds: Int64(roll(100)))
        }
    }

    // MARK: What has to be true

    private func verify() {
        if harness.drops(.damaged) > 0 { failures.append("\(harness.drops(.damaged)) messages are damaged") }
        for client in everyone {
            failures += client.failures
            if !client.open.isEmpty { failures.append("\(client.name) is still owed an answer") }
        }
        for reader in readers {
            for publisher in publishers {
                for (topic, numbers) in publisher.promised where !topic.description.hasPrefix("retained/") {
                    verify(reader, topic, isKept(topic) ? Set(numbers) : [])
                }
            }
        }
        verifyShares()
        verifyRetained()
        verifySubscriptions()
        harness.storeEverything()
        failures += harness.store?.strays ?? []
    }

    /// Whether messages on a topic had to survive what has happened.
    private func isKept(_ topic: MQTTString) -> Bool {
        if topic.description.hasPrefix("w/") { return isMachineSafe || crashes == 0 }
        return !topic.description.hasPrefix("m/") || crashes == 0
    }

    private var hasRefused: Bool { refused + harness.drops(.unstorable) > 0 }

    private func verify(_ reader: CrashClient, _ topic: MQTTString, _ promised: Set<Int>) {
        let got = reader.got.filter { $0.topic == topic }.map(\.payload)
        let lost = promised.subtracting(got)
        if !lost.isEmpty { failures.append("\(reader.name) never got \(lost.sorted()) of \(topic)") }
        if topic.description.hasSuffix("2") && Set(got).count != got.count {
            failures.append("\(reader.name) got QoS 2 twice: \(got)")
        }
        var seen: Set<Int> = []
        let first = got.filter { seen.insert($0).inserted }
        // What was refused, though its publisher never heard of it, is sent again behind what was not.
        guard !hasRefused else { return }
        if first != first.sorted() { failures.append("\(reader.name): the order of \(topic): \(first)") }
    }

    /// Together members get everything; at QoS 2 each message comes to one of them, once.
    private func verifyShares() {
        guard !members.isEmpty else { return }
        let got = members.flatMap(\.got)
        for publisher in publishers {
            for (topic, numbers) in publisher.promised where topic.description.hasPrefix("t/") {
                let here = got.filter { $0.topic == topic }.map(\.payload)
                let lost = Set(numbers).subtracting(here)
                if !lost.isEmpty { failures.append("members never got \(lost.sorted()) of \(topic)") }
                if topic.description.hasSuffix("2") && Set(here).count != here.count {
                    failures.append("members got QoS 2 twice: \(here.sorted()) of \(topic)")
                }
            }
        }
    }

    private func verifyRetained() {
        let witness = harness.connected("witness")
        witness.subscribe("retained/#")
        var found: [MQTTString: Int] = [:]
        for message in witness.takeMessages() { found[message.topicName] = Int(message.text) }
        for publisher in publishers {
            for (topic, numbers) in publisher.promised where topic.description.hasPrefix("retained") {
                // One that was refused unheard, and sent again, may be the last although it was not the latest.
                let isUncertain =
                    hasRefused
                    && found[topic].map { publisher.refused.contains($0) || numbers.contains($0) } ?? false
                if found[topic] != numbers.last && !isUncertain {
                    failures.append("retained at \(topic): \(found[topic] ?? 0), acknowledged \(numbers)")
                }
            }
        }
    }

    private func verifySubscriptions() {
        changer.forgetGot()
        let witness = harness.connected("witness")
        for index in 0..<4 { witness.publish("s/\(index)", "\(index)", qos: .atLeastOnce) }
        settle()
        let got = Set(changer.got.map(\.topic))
        for (filter, isOn) in changer.subscriptions {
            if let isOn, got.contains(filter) != isOn {
                failures.append("the subscription to \(filter) should be \(isOn ? "there" : "gone")")
            }
        }
    }
}

import MQTTCodec
import NIOCore

/// The `$SYS/broker/...` topics: the names that Mosquitto's dashboards and exporters read.
struct SystemTopics {
    /// Moving averages over 1, 5 and 15 minutes of what happens in a minute.
    struct Load {
        private static let minutes: [Double] = [1, 5, 15]

        private(set) var averages: [Double] = [0, 0, 0]
        private var last: UInt64 = 0

        /// Takes in the count at the end of an interval, in seconds.
        mutating func update(_ count: UInt64, seconds: Double, _ decay: [Double]) {
            let perMinute = Double(count - last) * 60 / seconds
            last = count
            for index in averages.indices {
                averages[index] = perMinute + decay[index] * (averages[index] - perMinute)
            }
        }
    }

    /// Loads by name, in the order of publication.
    static let loadNames = [
        "messages/received", "messages/sent", "publish/received", "publish/sent", "bytes/received",
        "bytes/sent",
        "sockets", "connections",
    ]

    var loads = [Load](repeating: Load(), count: loadNames.count)
    var lastUpdate: Instant?

    /// Whether they will be published at a time that is set.
    var isDue = false
    /// Whether they wait until somebody comes: a broker without clients has nothing to wake up for.
    var isAsleep = false
    /// Whether somebody has come since it was last asked who is there.
    var hasCome = false
    /// Whether the first shard, which publishes them, has to be told of whoever comes next.
    var mustTell = false

    /// Whether only the broker may publish to a topic.
    static func owns(_ topic: Span<UInt8>) -> Bool {
        let prefix: [UInt8] = Array("$SYS".utf8)
        for index in prefix.indices where topic[index] != prefix[index] { return false }
        return topic.count == 4 || topic[4] == UInt8(ascii: "/")
    }
}

extension Shard {
    mutating func publishSystemTopics(at moment: Instant) {
        systemTopics.isDue = true
        deadlines.add(.systemTopics, at: moment)
    }

    /// It is time to, unless nobody was there the last time and nobody has come since.
    mutating func systemTopicsDue() {
        systemTopics.isDue = false
        guard configuration.systemTopicInterval > 0, !systemTopics.isAsleep else { return }
        systemTopics.hasCome = false
        gatherCounters()
        if !systemTopics.isAsleep {
            publishSystemTopics(at: now.advanced(seconds: configuration.systemTopicInterval))
        }
    }

    /// A client was let in, here or by a sibling.
    mutating func clientCame() {
        guard siblings.place.index == 0 else {
            guard systemTopics.mustTell else { return }
            systemTopics.mustTell = false
            return tell(0, .clientCame)
        }
        systemTopics.hasCome = true
        guard systemTopics.isAsleep else { return }
        systemTopics.isAsleep = false
        if !systemTopics.isDue && configuration.systemTopicInterval > 0 { publishSystemTopics(at: now) }
    }

    /// For the first shard.
    mutating func tellCounters(to sibling: Int) {
        systemTopics.mustTell = counters.connected == 0
        siblings.tell(sibling, .counters(counters))
    }

    /// Publishes `$SYS`, as soon as all shards have said what they have counted.
    private mutating func gatherCounters() {
        guard !isAlone else { return publishSystemTopics(counters) }
        siblings.counted = []
        siblings.tellAll(.countersWanted)
    }

    /// What a sibling has counted.
    mutating func received(_ counters: Counters) {
        siblings.counted.append(counters)
        guard siblings.counted.count == siblings.place.count - 1 else { return }
        var all = self.counters
        for other in siblings.counted { all.add(other) }
        siblings.counted = []
        publishSystemTopics(all)
    }

    private mutating func publishSystemTopics(_ counters: Counters) {
        systemTopics.isAsleep = counters.connected == 0 && !systemTopics.hasCome
        let seconds = now.milliseconds(since: startedAt) / 1000
        say("version", configuration.version)
        say("uptime", "\(seconds) seconds")
        let away = counters.sessions - counters.connected
        say("clients/connected", counters.connected)
        say("clients/active", counters.connected)
        say("clients/disconnected", away)
        say("clients/inactive", away)
        say("clients/total", counters.sessions)
        say("clients/maximum", counters.connectedMaximum)
        say("clients/expired", counters.sessionsExpired)
        say("messages/received", counters.packetsReceived)
        say("messages/sent", counters.packetsSent)
        say("messages/stored", counters.storedMessages)
        say("messages/inflight", counters.inFlightMessages)
        say("publish/messages/received", counters.publishesReceived.total)
        say("publish/messages/sent", counters.publishesSent.total)
        say("publish/messages/dropped", counters.drops.reduce(0, +))
        say("publish/bytes/received", counters.publishBytesReceived)
        say("publish/bytes/sent", counters.publishBytesSent)
        say("bytes/received", counters.bytesReceived)
        say("bytes/sent", counters.bytesSent)
        say("store/messages/count", counters.storedMessages)
        say("store/messages/bytes", counters.storedBytes)
        say("subscriptions/count", counters.subscriptions)
        say("shared_subscriptions/count", counters.sharedSubscriptions)
        say("retained messages/count", counters.retainedMessages)
        publishLoads(counters)
    }

    private mutating func publishLoads(_ counters: Counters) {
        let elapsed = Double(now.milliseconds(since: systemTopics.lastUpdate ?? startedAt)) / 1000
        systemTopics.lastUpdate = now
        guard elapsed > 0 else { return }
        let counts = [
            counters.packetsReceived, counters.packetsSent, counters.publishesReceived.total,
            counters.publishesSent.total, counters.bytesReceived, counters.bytesSent,
            counters.connectionsAccepted + counters.connectionsRefused, counters.connectionsAccepted,
        ]
        let decay = [1.0, 5, 15].map { exponential(-elapsed / ($0 * 60)) }
        for (index, name) in SystemTopics.loadNames.enumerated() {
            systemTopics.loads[index].update(counts[index], seconds: elapsed, decay)
            for (minutes, average) in zip(["1min", "5min", "15min"], systemTopics.loads[index].averages) {
                let hundredths = Int((average * 100).rounded())
                let fraction = hundredths % 100
                say("load/\(name)/\(minutes)", "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)")
            }
        }
    }

    /// e to the power of a number that is not positive, without a mathematics library: halved until its
    /// series converges at once, and squared back.
    private func exponential(_ exponent: Double) -> Double {
        var small = exponent
        var halvings = 0
        while small < -0.01 {
            small /= 2
            halvings += 1
        }
        var value = 1 + small + small * small / 2 + small * small * small / 6
        for _ in 0..<halvings { value *= value }
        return value
    }

    private mutating func say(_ name: String, _ value: some CustomStringConvertible) {
        publish(
            Publish(
                topicName: MQTTString("$SYS/broker/\(name)"), payload: ByteBuffer(string: "\(value)"),
                retain: true),
            from: -1)
    }
}

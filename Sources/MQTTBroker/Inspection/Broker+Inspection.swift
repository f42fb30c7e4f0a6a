import MQTTCodec
import MQTTEngine

/// What a broker holds, for operators. Tables are looked at in slices, each in a turn of its own of the event
/// loop, so that clients wait for none of it longer than for a slice.
extension Broker {
    /// Places of a table that are looked at in one turn of the event loop: well below a millisecond.
    static let slicePlaces = 1_000
    /// The most elements of a page.
    public static let longestPage = 1_000

    /// The counters of every event loop, and how long each let us wait.
    ///
    /// - Throws: ``BrokerError/notRunning``, as all of these do.
    public func status() async throws -> [ShardStatus] {
        let runner = try runner
        var all: [ShardStatus] = []
        for shard in 0..<runner.shardCount {
            let asked = ContinuousClock().now
            let (counters, answered) = try await runner.onShard(shard) { driver in
                (driver.shard.counters, ContinuousClock().now)
            }
            let delay = asked.duration(to: answered).components
            all.append(
                ShardStatus(
                    counters: counters,
                    delay: delay.seconds * 1_000_000_000 + delay.attoseconds / 1_000_000_000))
        }
        return all
    }

    /// Sessions, connected or not.
    ///
    /// - Parameters:
    ///   - query: which ones; all, unless it says otherwise.
    ///   - limit: at most so many, ``longestPage`` at the most.
    ///   - cursor: ``InspectionPage/next`` of the page before; nil: the first page.
    public func sessions(
        matching query: SessionQuery = SessionQuery(), limit: Int = 100, after cursor: InspectionCursor? = nil
    ) async throws -> InspectionPage<SessionSummary> {
        try await page(limit, cursor) { driver, place, limit in
            driver.shard.sessions(
                matching: query, from: place, places: Self.slicePlaces, limit: limit, at: .now)
        }
    }

    /// The sessions that rank highest, without those that have nothing of it.
    public func highestSessions(by rank: SessionRank, limit: Int = 10) async throws -> [SessionSummary] {
        let runner = try runner
        var best: [SessionSummary] = []
        for shard in 0..<runner.shardCount {
            var place: Int? = 0
            while let start = place {
                let slice = try await runner.onShard(shard) { driver in
                    driver.shard.highestSessions(
                        by: rank, from: start, places: Self.slicePlaces, limit: limit, at: .now)
                }
                best = rank.best(best + slice.elements, limit: limit)
                place = slice.next
            }
        }
        return best
    }

    /// A session with the first `limit` of its subscriptions and messages; nil: there is none.
    public func session(_ clientIdentifier: MQTTString, limit: Int = 100) async throws -> SessionDetail? {
        let found = try await runner.onEachShard { driver in
            driver.shard.session(clientIdentifier, limit: min(limit, Self.longestPage), at: .now)
        }
        return found.compactMap(\.self).first
    }

    /// Subscriptions whose filter or client identifier has the text in it, and that a message to `topic` would
    /// go through.
    public func subscriptions(
        matching text: String = "", topic: MQTTString? = nil, limit: Int = 100,
        after cursor: InspectionCursor? = nil
    ) async throws -> InspectionPage<SubscriptionSummary> {
        let query = SessionQuery(text: text)
        return try await page(limit, cursor) { driver, place, limit in
            driver.shard.subscriptions(
                matching: query, topic: topic, from: place, places: Self.slicePlaces, limit: limit)
        }
    }

    /// Retained messages, with the first bytes of their payloads.
    ///
    /// - Parameters:
    ///   - filter: only topics that match it; nil: all, those that begin with `$` among them.
    ///   - payloadBytes: the most of each payload.
    ///   - limit: at most so many, ``longestPage`` at the most.
    ///   - cursor: ``InspectionPage/next`` of the page before; nil: the first page.
    public func retainedMessages(
        matching filter: TopicFilter? = nil, payloadBytes: Int = 0, limit: Int = 100,
        after cursor: InspectionCursor? = nil
    ) async throws -> InspectionPage<RetainedSummary> {
        // Every shard keeps all of them.
        try await page(limit, cursor, shards: 1) { driver, place, limit in
            driver.shard.retainedMessages(
                matching: filter, from: place, places: Self.slicePlaces, limit: limit,
                payloadBytes: payloadBytes, at: .now)
        }
    }

    /// The message retained at a topic, with the first bytes of its payload; nil: there is none.
    public func retainedMessage(
        at topic: MQTTString, payloadBytes: Int = 65_536
    ) async throws -> RetainedSummary? {
        try await runner.onShard(0) { driver in
            driver.shard.retainedMessage(at: topic, payloadBytes: payloadBytes, at: .now)
        }
    }

    /// The levels below a topic in the tree of retained messages, by name; at most ``longestPage``.
    ///
    /// - Parameter topic: empty: the first levels of all topics.
    public func topicLevels(below topic: MQTTString) async throws -> [TopicLevel] {
        let levels = try await runner.onShard(0) { driver in
            driver.shard.topicLevels(below: topic, limit: Self.longestPage)
        }
        return levels.sorted { $0.name.bytes.lexicographicallyPrecedes($1.name.bytes) }
    }

    /// Puts a page together, slice by slice.
    private func page<Element: Sendable>(
        _ limit: Int, _ cursor: InspectionCursor?, shards: Int = .max,
        _ slice: @escaping @Sendable (ShardDriver, Int, Int) -> InspectionSlice<Element>
    ) async throws -> InspectionPage<Element> {
        let runner = try runner
        let limit = max(1, min(limit, Self.longestPage))
        var page = InspectionPage<Element>(elements: [])
        let count = min(shards, runner.shardCount)
        var next = cursor ?? .start
        while next.shard < count, page.elements.count < limit {
            let missing = limit - page.elements.count
            let place = next.place
            let found = try await runner.onShard(next.shard) { driver in slice(driver, place, missing) }
            page.elements += found.elements
            next =
                found.next.map { InspectionCursor(shard: next.shard, place: $0) }
                ?? InspectionCursor(shard: next.shard + 1, place: 0)
        }
        page.next = next.shard < count ? next : nil
        return page
    }
}

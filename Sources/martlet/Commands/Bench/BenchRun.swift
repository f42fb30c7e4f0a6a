import MQTTClient
import MQTTCodec
import NIOCore

/// Runs a ``BenchPlan`` against a server.
struct BenchRun {
    let plan: BenchPlan
    let configuration: ClientConfiguration
    let server: String
    /// nil: one that nobody else has.
    let topic: String?
    let showsProgress: Bool
    let tally = BenchTally()

    /// - Throws: ``ClientError`` when a client cannot connect or subscribe.
    func run() async throws -> BenchReport {
        let prefix = topic ?? "bench/" + String(UInt64.random(in: .min ... .max), radix: 36)
        let progress = Task { if showsProgress { await showProgress() } }
        defer { progress.cancel() }
        let subscribers = try await connect(plan.subscribers)
        let publishers = try await connect(plan.publishers)
        guard plan.shape != .connections else {
            try await Task.sleep(for: .seconds(plan.duration))
            let report = report(seconds: plan.duration)
            await disconnect(subscribers)
            return report
        }
        var subscriptions: [MQTTClient.Subscription] = []
        let qos = QoS(rawValue: plan.qos) ?? .atLeastOnce
        for (number, subscriber) in subscribers.enumerated() {
            let began = Self.now()
            subscriptions.append(
                try await subscriber.subscribe(plan.filter(ofSubscriber: number, under: prefix), qos: qos))
            if plan.shape == .subscribe { tally.answered(nanoseconds: Self.now() - began) }
        }
        let began = Self.now()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for subscription in subscriptions {
                group.addTask { try await receive(subscription) }
            }
            try await withThrowingTaskGroup(of: Void.self) { publishing in
                for (number, publisher) in publishers.enumerated() {
                    let topic = plan.topic(ofPublisher: number, under: prefix)
                    publishing.addTask { await publish(publisher, number, topic, qos, began) }
                }
                try await publishing.waitForAll()
            }
            if plan.shape == .subscribe {
                try await Task.sleep(for: .seconds(plan.duration))
            } else {
                await drain()
            }
            group.cancelAll()
            try await group.waitForAll()
        }
        let ended = plan.copies == 0 ? Self.now() : max(tally.counts.lastReceived, began)
        let seconds = Double(ended - began) / 1e9
        await disconnect(subscribers + publishers)
        return report(seconds: max(seconds, 1e-9))
    }

    private static func now() -> UInt64 { NIODeadline.now().uptimeNanoseconds }

    private func connect(_ count: Int) async throws -> [MQTTClient] {
        let began = NIODeadline.now()
        var clients: [MQTTClient] = []
        // A few at a time, as many clients of a network would.
        for first in stride(from: 0, to: count, by: 50) {
            let many = min(50, count - first)
            try await withThrowingTaskGroup(of: MQTTClient.self) { group in
                for offset in 0..<many {
                    if plan.connectRate > 0 {
                        let due = began + .nanoseconds(Int64(Double(first + offset) / plan.connectRate * 1e9))
                        try await Task.sleep(for: Duration(max(.zero, due - .now())))
                    }
                    group.addTask {
                        let client = MQTTClient(configuration)
                        let began = Self.now()
                        try await client.connect()
                        tally.connected(nanoseconds: Self.now() - began)
                        return client
                    }
                }
                for try await client in group { clients.append(client) }
            }
        }
        return clients
    }

    private func disconnect(_ clients: [MQTTClient]) async {
        await withTaskGroup(of: Void.self) { group in
            for client in clients { group.addTask { await client.disconnect() } }
        }
    }

    private func publish(
        _ client: MQTTClient, _ number: Int, _ topic: String, _ qos: QoS, _ began: UInt64
    ) async {
        let end = began + UInt64(plan.duration * 1e9)
        // Publishers do not all begin at the same moment.
        let offset = plan.rate > 0 ? UInt64(Double.random(in: 0..<1) / plan.rate * 1e9) : 0
        var sequence: UInt32 = 0
        await withTaskGroup(of: Void.self) { group in
            while !Task.isCancelled {
                var due = Self.now()
                if plan.rate > 0 {
                    due = began + offset + UInt64(Double(sequence) / plan.rate * 1e9)
                    let wait = Int64(due) - Int64(Self.now())
                    if due < end && wait > 0 { try? await Task.sleep(for: .nanoseconds(wait)) }
                }
                guard due < end else { break }
                let stamp = BenchStamp(publisher: UInt32(number), sequence: sequence, time: due)
                do {
                    let receipt = try await client.submit(
                        topic, payload: stamp.payload(size: plan.size), qos: qos)
                    tally.count { $0.published += 1 }
                    sequence += 1
                    group.addTask {
                        do {
                            try await receipt.fulfilled(within: .seconds(60))
                            tally.count { $0.acknowledged += 1 }
                            if plan.shape == .publish { tally.answered(nanoseconds: Self.now() - due) }
                        } catch {
                            tally.count { $0.failed += 1 }
                        }
                    }
                } catch {
                    tally.count { $0.failed += 1 }
                    return
                }
            }
        }
    }

    private func receive(_ subscription: MQTTClient.Subscription) async throws {
        var order = BenchOrder()
        var iterator = subscription.makeAsyncIterator()
        while true {
            let messages = try await iterator.next(upTo: 1_000)
            guard !messages.isEmpty else { return }
            let now = Self.now()
            guard plan.shape != .subscribe else {
                tally.count { $0.received += messages.count }
                continue
            }
            for message in messages {
                guard let stamp = BenchStamp(message.payload) else { continue }
                tally.received(
                    order.received(stamp, isShared: plan.shape == .shared),
                    nanoseconds: now > stamp.time ? now - stamp.time : 0, at: now)
            }
        }
    }

    /// Waits for what is on its way: until all has come, or nothing came for three seconds.
    private func drain() async {
        var last = -1
        var quiet = 0
        while quiet < 30 {
            let counts = tally.counts
            if counts.received >= counts.published * plan.copies { return }
            quiet = counts.received == last ? quiet + 1 : 0
            last = counts.received
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private func showProgress() async {
        var last = tally.counts
        while !Task.isCancelled {
            guard (try? await Task.sleep(for: .seconds(1))) != nil else { break }
            let counts = tally.counts
            let line =
                "\rconnected \(counts.connected)  published \(counts.published) "
                + "(\(counts.published - last.published)/s)  received \(counts.received) "
                + "(\(counts.received - last.received)/s)   "
            StandardError.write(Array(line.utf8))
            last = counts
        }
        StandardError.write(Array("\n".utf8))
    }

    private func report(seconds: Double) -> BenchReport {
        let counts = tally.counts
        let expected = counts.published * plan.copies
        return BenchReport(
            plan: plan, server: server, version: configuration.version.name, connected: counts.connected,
            connectMicroseconds: tally.connectTimes, seconds: seconds, published: counts.published,
            fulfilled: counts.acknowledged, failed: counts.failed, received: counts.received,
            expected: expected, lost: max(0, expected - counts.received), duplicates: counts.duplicates,
            disordered: counts.disordered, publishedPerSecond: Double(counts.published) / seconds,
            receivedPerSecond: Double(counts.received) / seconds, latencyMicroseconds: tally.latencies)
    }
}

extension ProtocolVersion {
    fileprivate var name: String {
        switch self {
        case .v3_1: "3.1"
        case .v3_1_1: "3.1.1"
        case .v5: "5.0"
        }
    }
}

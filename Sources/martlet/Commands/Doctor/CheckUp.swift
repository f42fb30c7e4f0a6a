import MQTTClient
import MQTTCodec
import NIOCore

/// One check-up, from the connection to what clients can do on it.
struct CheckUp {
    let configuration: ClientConfiguration
    private let url: String
    let prefix = "martlet-doctor/" + String(UInt32.random(in: .min ... .max), radix: 36)

    init(_ configuration: ClientConfiguration, url: String) {
        self.configuration = configuration
        self.url = url
    }

    /// - Throws: ``ClientError`` when no version of MQTT leads to a connection.
    func report() async throws -> DoctorReport {
        var report = DoctorReport(server: url)
        let versions = try await examineVersions(&report)
        try await examineTransport(&report)
        await examineAccess(&report)
        var configuration = configuration
        configuration.version = versions.max() ?? .v5
        try await MQTTClient.withConnection(configuration) { client in
            if configuration.version == .v5 { examine(await client.serverLimits, &report) }
            await examineExchanges(client, &report)
            if configuration.version == .v5 { await examineNovelties(client, &report) }
            await examineStatus(client, &report)
        }
        return report
    }

    /// Which versions lead to a connection.
    private func examineVersions(_ report: inout DoctorReport) async throws -> [ProtocolVersion] {
        var found: [ProtocolVersion] = []
        var first: (any Error)?
        for version in [ProtocolVersion.v5, .v3_1_1, .v3_1] {
            var configuration = configuration
            configuration.version = version
            do {
                try await MQTTClient.withConnection(configuration) { _ in }
                found.append(version)
            } catch {
                if first == nil { first = error }
                if case ClientError.unreachable = error { throw error }
            }
        }
        if found.isEmpty, let first { throw first }
        let names = found.map(ConformanceReport.name).joined(separator: ", ")
        if found.contains(.v5) {
            report.add("versions", .good, "MQTT \(names)")
        } else {
            report.add(
                "versions", .note, "MQTT \(names)",
                advice: "without 5.0 clients are not told why something was refused")
        }
        return found
    }

    /// Whether somebody without credentials gets in.
    private func examineAccess(_ report: inout DoctorReport) async {
        var anonymous = configuration
        anonymous.version = .v3_1_1
        anonymous.userName = nil
        anonymous.password = nil
        if configuration.security.identity != nil { anonymous.security.identity = nil }
        do {
            try await MQTTClient.withConnection(anonymous) { client in
                let grants = try await client.subscribe("#").grants
                let all = grants.allSatisfy { !$0.isFailure }
                report.add(
                    "access", .note,
                    "clients without credentials get in" + (all ? ", and may read everything" : ""),
                    advice: "let only users in, and give them rules: docs/security.md")
            }
        } catch ClientError.subscribeRefused {
            report.add(
                "access", .note, "clients without credentials get in, but may not read everything")
        } catch {
            report.add("access", .good, "clients without credentials stay out")
        }
    }

    /// What CONNACK of 5.0 says.
    private func examine(_ limits: ServerLimits, _ report: inout DoctorReport) {
        for (name, isThere) in [
            ("retained messages", limits.retainAvailable),
            ("wildcards", limits.wildcardSubscriptionAvailable),
            ("shared subscriptions", limits.sharedSubscriptionAvailable),
            ("subscription identifiers", limits.subscriptionIdentifierAvailable),
        ] { report.add(name, isThere ? .good : .note, isThere ? "offered" : "not offered") }
        report.add(
            "quality of service", limits.maximumQoS == .exactlyOnce ? .good : .note,
            "up to \(limits.maximumQoS.rawValue)")
        report.add(
            "topic aliases", limits.topicAliasMaximum > 0 ? .good : .note,
            limits.topicAliasMaximum > 0 ? "\(limits.topicAliasMaximum)" : "none",
            advice: limits.topicAliasMaximum > 0 ? nil : "they save bytes where topics are long")
        report.add(
            "receive maximum", limits.receiveMaximum >= 10 ? .good : .note,
            "\(limits.receiveMaximum) messages of QoS 1 and 2 on their way",
            advice: limits.receiveMaximum >= 10
                ? nil : "publishers wait for an answer after every few messages")
        let largest = limits.maximumPacketSize
        report.add(
            "largest packet", largest < 268_435_460 ? .good : .note,
            largest < 268_435_460 ? "\(largest) bytes" : "as large as there can be",
            advice: largest < 268_435_460 ? nil : "one client can fill the memory: set a bound")
    }

    /// Retained messages, shared subscriptions and the clock, as they work.
    private func examineNovelties(_ client: MQTTClient, _ report: inout DoctorReport) async {
        do {
            let topic = "\(prefix)/clock"
            try await client.publish(
                topic, "x", qos: .atLeastOnce, retain: true, properties: [.messageExpiryInterval(100)])
            try await Task.sleep(for: .milliseconds(2_100))
            let messages = try await client.subscribe(topic, qos: .atLeastOnce)
            let rest = try await first(of: messages)?.properties.messageExpiryInterval
            try await messages.unsubscribe()
            try await client.publish(topic, payload: ByteBuffer(), qos: .atLeastOnce, retain: true)
            switch rest {
            case .some(96...98): report.add("clock", .good, "expiry of messages keeps time")
            case .some(let rest):
                report.add(
                    "clock", .wrong, "after two seconds an expiry of 100 seconds has become \(rest)",
                    advice: "look at the broker's clock")
            case nil:
                report.add("clock", .wrong, "a retained message with an expiry did not come, or lost it")
            }
        } catch {
            report.add("clock", .note, "could not be examined: \(error)")
        }
    }

    /// What the broker tells about itself.
    private func examineStatus(_ client: MQTTClient, _ report: inout DoctorReport) async {
        do {
            let messages = try await client.subscribe("$SYS/broker/version")
            let version = try await first(of: messages)?.text
            try await messages.unsubscribe()
            report.add(
                "status", version == nil ? .note : .good,
                version.map { "$SYS is there: \($0)" } ?? "there is nothing in $SYS")
        } catch {
            report.add("status", .note, "$SYS may not be read: \(error)")
        }
    }

    /// The first message of a subscription; nil: none came in two seconds.
    func first(of messages: MQTTClient.Subscription) async throws -> MQTTClient.Message? {
        try await withThrowingTaskGroup(of: MQTTClient.Message?.self) { group in
            group.addTask {
                var iterator = messages.makeAsyncIterator()
                return try await iterator.next()
            }
            group.addTask {
                try await Task.sleep(for: .seconds(2))
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}

import MQTTBroker

/// What the shards of a broker have counted, as metrics: sums over all of them, and for each what tells
/// whether one has more to do than the others.
enum BrokerMetrics {
    static func families(of shards: [ShardStatus]) -> [MetricFamily] {
        let counters = shards.map(\.counters)
        return connections(counters) + packets(counters) + messages(counters) + state(counters)
            + perShard(shards)
    }

    private static func connections(_ all: [Counters]) -> [MetricFamily] {
        [
            MetricFamily(
                "martlet_connections", .gauge, "Connected clients.", all.reduce(0) { $0 + $1.connected }),
            MetricFamily(
                "martlet_connections_accepted", .counter, "CONNECT packets that were accepted.",
                all.sum(\.connectionsAccepted)),
            MetricFamily(
                "martlet_connections_refused", .counter, "Connections and CONNECT packets that were refused.",
                all.sum(\.connectionsRefused)),
        ]
    }

    private static func packets(_ all: [Counters]) -> [MetricFamily] {
        let received = all.sum(\.publishesReceived.total)
        let sent = all.sum(\.publishesSent.total)
        return [
            MetricFamily(
                "martlet_packets_received", .counter, "Control packets received, by type.", by: "type",
                [("PUBLISH", received)] + named(all, \.received, without: serverPackets)),
            MetricFamily(
                "martlet_packets_sent", .counter, "Control packets sent, by type.", by: "type",
                [("PUBLISH", sent)] + named(all, \.sent, without: clientPackets)),
            MetricFamily(
                "martlet_received_bytes", .counter, "Bytes received from clients.", all.sum(\.bytesReceived)),
            MetricFamily("martlet_sent_bytes", .counter, "Bytes sent to clients.", all.sum(\.bytesSent)),
            MetricFamily(
                "martlet_publish_received", .counter, "PUBLISH packets received, by QoS.", by: "qos",
                byQoS(all, \.publishesReceived)),
            MetricFamily(
                "martlet_publish_sent", .counter, "PUBLISH packets sent, by QoS.", by: "qos",
                byQoS(all, \.publishesSent)),
            MetricFamily(
                "martlet_publish_received_payload_bytes", .counter, "Bytes of payload received.",
                all.sum(\.publishBytesReceived)),
            MetricFamily(
                "martlet_publish_sent_payload_bytes", .counter, "Bytes of payload sent.",
                all.sum(\.publishBytesSent)),
        ]
    }

    private static func messages(_ all: [Counters]) -> [MetricFamily] {
        [
            MetricFamily(
                "martlet_messages_dropped", .counter, "Messages that did not reach a session, by reason.",
                by: "reason",
                DropReason.allCases.map { reason in
                    (reason.rawValue, all.reduce(0) { $0 + $1.drops[reason.index] })
                }),
            MetricFamily(
                "martlet_messages_queued", .gauge, "Messages that wait to be sent to a client.",
                all.reduce(0) { $0 + $1.queuedMessages }),
            MetricFamily(
                "martlet_messages_in_flight", .gauge, "Messages sent and not yet acknowledged.",
                all.reduce(0) { $0 + $1.inFlightMessages }),
            MetricFamily(
                "martlet_messages_stored", .gauge, "Messages kept for sessions or as retained.",
                all.reduce(0) { $0 + $1.storedMessages }),
            MetricFamily(
                "martlet_messages_stored_bytes", .gauge, "Their bytes.",
                all.reduce(0) { $0 + $1.storedBytes }),
            MetricFamily(
                "martlet_retained_messages", .gauge, "Retained messages.",
                all.reduce(0) { $0 + $1.retainedMessages }),
            MetricFamily(
                "martlet_retained_bytes", .gauge, "Their bytes.", all.reduce(0) { $0 + $1.retainedBytes }),
        ]
    }

    private static func state(_ all: [Counters]) -> [MetricFamily] {
        let connected = all.reduce(0) { $0 + $1.connected }
        let sessions = all.reduce(0) { $0 + $1.sessions }
        return [
            MetricFamily(
                "martlet_sessions", .gauge, "Sessions, by whether their client is connected.", by: "state",
                [("connected", connected), ("away", sessions - connected)]),
            MetricFamily(
                "martlet_sessions_expired", .counter, "Sessions whose expiry interval passed.",
                all.sum(\.sessionsExpired)),
            MetricFamily(
                "martlet_subscriptions", .gauge, "Subscriptions, by kind.", by: "kind",
                [
                    (
                        "plain",
                        all.reduce(0) { $0 + $1.subscriptions }
                            - all.reduce(0) { $0 + $1.sharedSubscriptions }
                    ),
                    ("shared", all.reduce(0) { $0 + $1.sharedSubscriptions }),
                ]),
            MetricFamily(
                "martlet_route_cache", .counter, "Topics looked up, by whether their route was known.",
                by: "result", [("hit", all.sum(\.routeHits)), ("miss", all.sum(\.routeMisses))]),
        ]
    }

    private static func perShard(_ shards: [ShardStatus]) -> [MetricFamily] {
        func samples(_ value: (ShardStatus) -> Double) -> [MetricSample] {
            shards.enumerated().map {
                MetricSample(labels: [("shard", "\($0.offset)")], value: value($0.element))
            }
        }
        return [
            MetricFamily(
                "martlet_shard_connections", .gauge, "Connected clients of an event loop.",
                samples { Double($0.counters.connected) }),
            MetricFamily(
                "martlet_shard_packets_received", .counter, "Control packets that an event loop received.",
                samples { Double($0.counters.packetsReceived) }),
            MetricFamily(
                "martlet_event_loop_delay_seconds", .gauge,
                "How long an event loop took to answer when it was asked for these numbers.",
                samples { Double($0.delay) / 1e9 }),
        ]
    }

    /// Packets that only servers send, and only clients.
    private static let serverPackets: Set = ["CONNACK", "SUBACK", "UNSUBACK", "PINGRESP"]
    private static let clientPackets: Set = ["CONNECT", "SUBSCRIBE", "UNSUBSCRIBE", "PINGREQ"]

    private static func named(
        _ all: [Counters], _ field: KeyPath<Counters, CountByPacketType>, without absent: Set<String>
    ) -> [(String, UInt64)] {
        var sums: [(String, UInt64)] = CountByPacketType().named
        for counters in all {
            for (index, entry) in counters[keyPath: field].named.enumerated() { sums[index].1 += entry.count }
        }
        return sums.filter { !absent.contains($0.0) }
    }

    private static func byQoS(
        _ all: [Counters], _ field: KeyPath<Counters, CountByQoS>
    ) -> [(String, UInt64)] {
        [
            ("0", all.reduce(0) { $0 + $1[keyPath: field].atMostOnce }),
            ("1", all.reduce(0) { $0 + $1[keyPath: field].atLeastOnce }),
            ("2", all.reduce(0) { $0 + $1[keyPath: field].exactlyOnce }),
        ]
    }
}

extension [Counters] {
    func sum(_ field: KeyPath<Counters, UInt64>) -> UInt64 { reduce(0) { $0 + $1[keyPath: field] } }
}

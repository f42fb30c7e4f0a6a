import MQTTBroker

/// What happens before clients are let in, as metrics.
enum DoorMetrics {
    static func families(_ counters: DoorCounters, bans: [Ban]) -> [MetricFamily] {
        [
            MetricFamily(
                "martlet_tls_handshakes", .counter, "Handshakes of TLS, by result.", by: "result",
                [("success", counters.handshakesSucceeded), ("failure", counters.handshakesFailed)]),
            MetricFamily(
                "martlet_connections_turned_away", .counter,
                "Connections that were closed as they came, by reason.",
                by: "reason",
                DoorCounters.TurnedAway.allCases.map { ($0.rawValue, counters.turnedAway[$0] ?? 0) }),
            MetricFamily(
                "martlet_connections_waiting", .gauge, "Connections that have not logged in.",
                counters.waiting),
            MetricFamily(
                "martlet_bans_made", .counter, "Bans that the broker's defence has made, by kind.",
                by: "kind",
                Ban.Kind.allCases.map { ($0.rawValue, counters.bans[$0] ?? 0) }),
            MetricFamily(
                "martlet_bans", .gauge, "Bans that are in force, by kind.", by: "kind",
                Ban.Kind.allCases.map { kind in (kind.rawValue, bans.count { $0.kind == kind }) }),
        ]
    }

    /// When certificates end, in seconds since 1970.
    static func families(_ certificates: [CertificateValue]) -> [MetricFamily] {
        // The first of a file is the listener's own.
        var seen: Set<String> = []
        let own = certificates.filter { seen.insert($0.file).inserted }
        guard !own.isEmpty else { return [] }
        return [
            MetricFamily(
                "martlet_certificate_expiry_seconds", .gauge,
                "When the certificate of a file ends, in seconds since 1970.", by: "file",
                own.map { ($0.file, $0.notAfter) })
        ]
    }
}

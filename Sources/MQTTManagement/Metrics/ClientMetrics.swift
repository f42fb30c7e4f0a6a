import MQTTBroker

/// What ``MetricRules`` want to be known of single clients, looked up when it is asked for.
enum ClientMetrics {
    static func families(of rules: MetricRules, _ broker: Broker) async throws -> [MetricFamily] {
        guard !rules.clients.isEmpty else { return [] }
        var found: [SessionSummary] = []
        var leftOut = 0
        var cursor: InspectionCursor?
        repeat {
            let page = try await broker.sessions(limit: Broker.longestPage, after: cursor)
            for session in page.elements where rules.takes(session.clientIdentifier.description) {
                if found.count < MetricRules.maximumClients { found.append(session) } else { leftOut += 1 }
            }
            cursor = page.next
        } while cursor != nil
        func family(
            _ name: String, _ kind: MetricFamily.Kind, _ help: String,
            _ value: (SessionSummary) -> some BinaryInteger
        ) -> MetricFamily {
            MetricFamily(
                name, kind, help, by: "client", found.map { ($0.clientIdentifier.description, value($0)) })
        }
        return [
            family("martlet_client_connected", .gauge, "Whether a client is connected.") {
                $0.peer == nil ? 0 : 1
            },
            family("martlet_client_queued_messages", .gauge, "Messages that wait for a client.") {
                $0.queuedMessages
            },
            family(
                "martlet_client_in_flight_messages", .gauge,
                "Messages sent to a client, not yet acknowledged."
            ) { $0.inFlightMessages },
            family("martlet_client_subscriptions", .gauge, "Subscriptions of a client.") { $0.subscriptions },
            family("martlet_client_received_bytes", .counter, "Bytes from a client's present connection.") {
                $0.bytesReceived
            },
            family("martlet_client_sent_bytes", .counter, "Bytes to a client's present connection.") {
                $0.bytesSent
            },
            MetricFamily(
                "martlet_client_left_out", .gauge,
                "Clients that rules match, and that are too many to be told.",
                leftOut),
        ]
    }
}

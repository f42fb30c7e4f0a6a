import Hummingbird
import MQTTBroker

extension Endpoints {
    private static let search = Endpoint.Parameter.query(
        "search", "Part of a client identifier, a user name or an address.")

    static func clients(_ management: Management) -> [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/clients", name: "clients", tag: "clients", role: .read,
                summary: "Connected clients.", parameters: [search] + paging, answer: SessionPage.self
            ) { request in try await page(management, request, isConnected: true) },
            Endpoint(
                method: .get, path: "/clients/{client}", name: "client", tag: "clients", role: .read,
                summary: "A connected client with its subscriptions and its queue.",
                parameters: [.path("client", "The client identifier.")], answer: SessionDetailValue.self
            ) { request in
                let client = try request.path("client")
                let detail = try await detail(management, request, client)
                guard detail.session.connected else {
                    throw AdminError.notFound("\(client) is not connected")
                }
                return try .json(detail)
            },
            Endpoint(
                method: .delete, path: "/clients/{client}", name: "disconnectClient", tag: "clients",
                role: .operate,
                summary: "Ends the connection of a client. Its session stays, if it outlives connections.",
                parameters: [
                    .path("client", "The client identifier."),
                    .query(
                        "reason", .integer,
                        "The reason code that a 5.0 client is given; 152, Administrative action, by default."),
                ]
            ) { request in
                let client = try request.path("client")
                let code = try request.number("reason", 128...162, default: 152)
                let reason = ReasonCode(rawValue: UInt8(code))
                guard try await management.broker.disconnect(client: MQTTString(client), reason: reason)
                else {
                    throw AdminError.notFound("\(client) is not connected")
                }
                return .done
            },
            Endpoint(
                method: .get, path: "/ranking", name: "ranking", tag: "clients", role: .read,
                summary: "The sessions with the most of something: slow clients, noisy clients.",
                parameters: [
                    .query(
                        "by", .choice(SessionRank.allCases.map(\.rawValue)), required: true,
                        "What they are ranked by."),
                    .query("limit", .integer, "How many: 1 to 100, 10 by default."),
                ], answer: SessionPage.self
            ) { request in
                let text = try request.required("by")
                guard let rank = SessionRank(rawValue: text) else {
                    let words = SessionRank.allCases.map(\.rawValue).joined(separator: ", ")
                    throw AdminError.badRequest("by must be one of \(words)")
                }
                let limit = try request.number("limit", 1...100, default: 10)
                let best = try await management.broker.highestSessions(by: rank, limit: limit)
                return try .json(SessionPage(items: best.map(SessionValue.init)))
            },
        ]
    }

    static func sessions(_ management: Management) -> [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/sessions", name: "sessions", tag: "sessions", role: .read,
                summary: "Sessions, whether their clients are connected or away.",
                parameters: [
                    search,
                    .query("connected", .boolean, "Only those whose client is connected, or is not."),
                ] + paging, answer: SessionPage.self
            ) { request in try await page(management, request, isConnected: try request.flag("connected")) },
            Endpoint(
                method: .get, path: "/sessions/{client}", name: "session", tag: "sessions", role: .read,
                summary: "A session with its subscriptions and the first of its messages.",
                parameters: [
                    .path("client", "The client identifier."),
                    .query("limit", .integer, "The most entries of each list: 1 to 1000, 100 by default."),
                ], answer: SessionDetailValue.self
            ) { request in
                try .json(try await detail(management, request, try request.path("client")))
            },
            Endpoint(
                method: .delete, path: "/sessions/{client}", name: "endSession", tag: "sessions",
                role: .operate,
                summary: "Discards a session with all that is queued for it, and ends its connection.",
                parameters: [.path("client", "The client identifier.")]
            ) { request in
                let client = try request.path("client")
                guard try await management.broker.endSession(of: MQTTString(client)) else {
                    throw AdminError.notFound("there is no session of \(client)")
                }
                return .done
            },
        ]
    }

    static func subscriptions(_ management: Management) -> [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/subscriptions", name: "subscriptions", tag: "subscriptions",
                role: .read,
                summary: "Subscriptions of all sessions.",
                parameters: [
                    .query("search", "Part of a topic filter or of a client identifier."),
                    .query("topic", "Only those that a message to this topic goes through."),
                ] + paging, answer: SubscriptionPage.self
            ) { request in
                let page = try await management.broker.subscriptions(
                    matching: request.text("search") ?? "",
                    topic: request.text("topic").map { MQTTString($0) },
                    limit: try request.limit, after: try request.cursor)
                return try .json(
                    SubscriptionPage(
                        items: page.elements.map(SubscriptionValue.init), next: page.next?.description))
            }
        ]
    }

    private static func page(
        _ management: Management, _ request: AdminRequest, isConnected: Bool?
    ) async throws -> Response {
        let query = SessionQuery(text: request.text("search") ?? "", isConnected: isConnected)
        let page = try await management.broker.sessions(
            matching: query, limit: try request.limit, after: try request.cursor)
        return try .json(
            SessionPage(items: page.elements.map(SessionValue.init), next: page.next?.description))
    }

    private static func detail(
        _ management: Management, _ request: AdminRequest, _ client: String
    ) async throws -> SessionDetailValue {
        let limit = try request.limit
        guard let found = try await management.broker.session(MQTTString(client), limit: limit) else {
            throw AdminError.notFound("there is no session of \(client)")
        }
        return SessionDetailValue(found)
    }
}

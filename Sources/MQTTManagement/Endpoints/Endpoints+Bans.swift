import Hummingbird
import MQTTBroker

extension Endpoints {
    static func bans(_ management: Management) -> [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/bans", name: "bans", tag: "security", role: .read,
                summary: "Who may not come in: by order, or because the broker defends itself.",
                answer: BanList.self
            ) { _ in try .json(BanList(items: try await management.broker.bans().map { BanValue($0) })) },
            Endpoint(
                method: .post, path: "/bans", name: "ban", tag: "security", role: .operate,
                summary:
                    "Bans an address, a range of them, a user or a client, and disconnects whom that concerns.",
                body: BanValue.self
            ) { request in
                let ban = try await request.body(BanValue.self).ban()
                do {
                    try await management.broker.ban(ban)
                } catch let problem as BanProblem {
                    throw AdminError.refused("\(problem)")
                }
                return .done
            },
            Endpoint(
                method: .delete, path: "/bans/{kind}/{subject}", name: "liftBan", tag: "security",
                role: .operate, summary: "Ends a ban, whoever has made it.",
                parameters: [
                    .path("kind", "address, user or client."),
                    .path("subject", "As the list of bans has it, percent-encoded."),
                ]
            ) { request in
                let subject = try request.path("subject")
                guard let kind = BanValue.Kind(rawValue: try request.path("kind")),
                    try await management.broker.liftBan(kind.engine, subject)
                else { throw AdminError.notFound("there is no such ban") }
                return .done
            },
        ]
    }
}

/// The table of all operations.
enum Endpoints {
    static func all(_ management: Management) -> [Endpoint] {
        server(management) + clients(management) + sessions(management) + subscriptions(management)
            + retained(management) + publish(management) + users(management) + rules(management)
            + bans(management) + configuration(management) + logs(management) + trace(management)
    }

    static let paging: [Endpoint.Parameter] = [
        .query("limit", .integer, "The most entries of a page: 1 to 1000, 100 by default."),
        .query("after", "What the page before gave as `next`."),
    ]
}

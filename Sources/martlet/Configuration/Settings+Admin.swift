import MQTTBroker
import MQTTManagement

extension Settings {
    /// What operators use.
    static let admin: [Setting<ServerConfiguration>] = [
        word(
            .text(
                "admin.listen", \.admin.listen, taking: .text(maximumBytes: 512),
                """
                Where metrics, health, the administration API and the dashboard are, as `http://HOST:PORT` or \
                `https://HOST:PORT`; `none`: nowhere. On a loopback address `/metrics` and `/health` need no \
                token; elsewhere `http:` is refused, and only `/health` needs none. See [admin.md](admin.md).
                """), "none"),
        .optionalPath(
            "admin.token_file", \.admin.tokenFile,
            """
            The tokens of the API, each with a role; `martlet ctl token` makes them. `none` stands for \
            `admin.tokens` in the data directory. Looked at whenever a token is shown.
            """),
        .optionalPath(
            "admin.certificate", \.admin.certificate,
            "The certificate of an `https:` listener, in PEM; `none` stands for that of `tls.certificate`."),
        .optionalPath(
            "admin.private_key", \.admin.privateKey,
            "The key to it; `none` stands for that of `tls.private_key`."),
        word(
            .text(
                "admin.client_metrics", \.admin.clientMetrics, taking: .text(maximumBytes: 4_096),
                """
                Client identifiers, with commas between, that have metrics of their own (`martlet_client_...`); `*` \
                stands for any characters. At most \(MetricRules.maximumClients) clients are told.
                """), "none"),
        word(
            .text(
                "admin.topic_metrics", \.admin.topicMetrics, taking: .text(maximumBytes: 4_096),
                """
                Topic filters, with commas between, whose messages are counted (`martlet_topic_...`), at most \
                \(MetricRules.maximumTopicFilters). Each is one subscriber more, inside of the broker.
                """), "none"),
    ]

    private static func word(
        _ setting: Setting<ServerConfiguration>, _ word: String
    ) -> Setting<ServerConfiguration> {
        var setting = setting
        setting.special = SpecialWord(word: word, value: .absent)
        return setting
    }
}

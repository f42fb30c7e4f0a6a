/// What the reference says about a section as a whole.
enum SectionText {
    static let summaries = [
        "authentication": "Who may come in.",
        "authorization": """
        What those may do who came in. Besides the settings there are two lists, in the file alone: `roles`, the \
        users that have each role, and `rules`; [security.md](security.md#rules-in-the-configuration) explains them. \
        Both are read again when the file changes and on SIGHUP.

        ```yaml
        authorization:
          roles:
            operators: [anna, bob]
          rules:
            - { allow: all, topics: "house/#", roles: operators }
            - { allow: [subscribe, receive], topics: "weather/#", anonymous: true }
            - { allow: publish, topics: "devices/%c/#", clients: "sensor-*", qos: [0, 1], retain: false }
            - { deny: all, topics: "house/safe", addresses: [192.0.2.0/24], listeners: "mqtt://0.0.0.0:1883" }
        ```
        """,
        "tls": "The one certificate for all listeners with TLS, `mqtts:` and `wss:`.",
        "admin": "What operators use: metrics, health, the administration API and the dashboard.",
        "log": "The log goes to standard error.",
        "system_topics": "The `$SYS/broker/...` topics, as Mosquitto has them.",
        "queues": "Messages that wait for a client; the bounds of queues are in `limits`.",
        "offer": "What CONNACK offers to clients, MQTT 5.0 section 3.2.2.3.",
        "limits": "Every bound of the broker, and what happens when it is reached.",
        "defence": "What one address, user or client may try before it is slowed down or banned.",
        "audit": "The log for those who have to account for what happened.",
        "transport": "How bytes get from and to sockets. The defaults suit nearly everybody.",
    ]
}

extension Settings {
    /// The sections that the file has at its top.
    static let topSections = sections.filter { !$0.contains(".") }

    /// Empty for a setting that stands in no section.
    static func topSection(of path: String) -> String {
        path.contains(".") ? String(path.prefix { $0 != "." }) : ""
    }
}

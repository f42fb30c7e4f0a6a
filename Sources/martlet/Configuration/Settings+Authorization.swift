import MQTTAuth
import MQTTBroker

extension Settings {
    /// What clients may do. `authorization.roles` and `authorization.rules` are lists of their own.
    static let authorization: [Setting<ServerConfiguration>] = [
        .optionalPath(
            "authorization.acl_file", \.accessFile,
            """
            What users may publish and subscribe to, in Mosquitto's acl_file format; see \
            [security.md](security.md#what-may-you-do). What no rule allows is refused. Without the file and \
            without `authorization.rules` everybody who comes in may do everything. Read again when it changes and \
            on SIGHUP, as those are.
            """),
        .choice(
            "authorization.subscriptions", \.subscriptionPolicy,
            """
            What happens to a subscription that matches more than its client may receive. `refuse`: 0x87. \
            `filter`: it is granted, and what the client may not receive is left out; shared subscriptions are \
            refused even so.
            """),
        .choice(
            "authorization.lost_subscriptions", \.lostSubscriptionPolicy,
            """
            What happens to a connected client that loses the right to a subscription. `disconnect`: 0x87, so that \
            it learns of it. `unsubscribe`: the subscription ends in silence.
            """),
    ]
}

import MQTTBroker

extension Settings {
    /// What the server offers in CONNACK, MQTT 5.0 section 3.2.2.3.
    static let offer: [Setting<ServerConfiguration>] = [
        .count(
            "offer.maximum_qos", \.maximumQoS, 0...2,
            "The highest QoS that clients may publish with; more: 0x9B."),
        .boolean(
            "offer.retain_available", \.broker.engine.offer.retainAvailable,
            "Whether messages can be retained; if not, RETAIN is answered with 0x9A."),
        .boolean(
            "offer.wildcard_subscription_available", \.broker.engine.offer.wildcardSubscriptionAvailable,
            "Whether topic filters may hold `+` and `#`; if not: 0xA2."),
        .boolean(
            "offer.subscription_identifier_available", \.broker.engine.offer.subscriptionIdentifierAvailable,
            "Whether subscriptions may have an identifier; if not: 0xA1."),
        .boolean(
            "offer.shared_subscription_available", \.broker.engine.offer.sharedSubscriptionAvailable,
            "Whether there are shared subscriptions (`$share/...`); if not: 0x9E."),
        .count(
            "offer.receive_maximum", \.broker.engine.offer.receiveMaximum, 1...65_535,
            "QoS 1 and 2 publishes of one client that may be unacknowledged; more: 0x93."),
        .optionalNumber(
            "offer.server_keep_alive", \.broker.engine.offer.serverKeepAlive, .duration(0...65_535, .seconds),
            word: "none",
            "The keep alive that every client must use, in place of the one it asks for. 0s: no keep alive."),
        .count(
            "offer.topic_alias_maximum", \.broker.engine.offer.topicAliasMaximum, 0...65_535,
            "The highest topic alias that clients may use; 0: none."),
        .text(
            "offer.response_information", \.responseInformation,
            "Response Information for clients that ask for it. Empty: none."),
        .boolean(
            "offer.assigns_client_identifiers", \.broker.engine.offer.assignsClientIdentifiers,
            "Whether a client may come without a client identifier and is given one; if not: 0x85."),
        .text(
            "offer.redirection.server_reference", \.serverReference,
            """
            Sends all clients to another server, to drain this one: every CONNECT is answered with this \
            Server Reference and 0x9C Use another server. Empty: no redirection.
            """),
        .boolean(
            "offer.redirection.permanent", \.isRedirectionPermanent,
            "Whether clients are sent there for good: 0x9D Server moved."),
    ]
}

import MQTTBroker

/// Where the broker listens when nothing says where: on this machine only. `localhost` is both 127.0.0.1 and,
/// where there is IPv6, ::1.
enum DefaultListeners {
    static let urls: [ListenerURL] = [
        .mqtt(host: "localhost", port: ListenerURL.defaultPort),
        .webSocket(
            host: "localhost", port: ListenerURL.defaultWebSocketPort, path: ListenerURL.defaultWebSocketPath),
    ]

    /// What is printed along with them.
    static let explanation = """
        only this machine can connect: no listener is configured. To let others in, add \
        --listen mqtt://0.0.0.0:1883 with --password-file FILE, or with --allow-anonymous on a network that you \
        trust, or name listeners in a configuration file: martlet serve --config FILE
        """
}

import MQTTBroker

/// What no setting can say alone.
enum ConfigurationRules {
    static func problems(
        of configuration: ServerConfiguration, origins: [String: ConfigurationOrigin]
    ) -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        let permanent = "offer.redirection.permanent"
        if configuration.isRedirectionPermanent, configuration.serverReference == nil {
            problems.append(
                .init(
                    origin: origins[permanent], path: permanent,
                    message: "says how to redirect, but offer.redirection.server_reference does not say where"
                ))
        }
        if configuration.broker.writeBufferLow > configuration.broker.writeBufferHigh {
            let low = "transport.write_buffer_low"
            problems.append(
                .init(
                    origin: origins[low] ?? origins["transport.write_buffer_high"], path: low,
                    message: "is above transport.write_buffer_high"))
        }
        if configuration.broker.shards > 1 {
            problems.append(
                .init(
                    origin: origins["shards"], path: "shards",
                    message:
                        "this version runs with 1 shard; \(configuration.broker.shards) come with a later one"
                ))
        }
        for (index, listener) in configuration.listeners.enumerated() {
            let path = "\(Settings.listenersPath)[\(index)]"
            if let problem = problem(of: listener, path, isOpen: configuration.mayBeReached) {
                problems.append(problem)
            }
        }
        return problems
    }

    static func warnings(of configuration: ServerConfiguration) -> [ConfigurationProblem] {
        guard configuration.passwordFile != nil else { return [] }
        return configuration.listeners.enumerated().compactMap { index, listener in
            guard let url = listener.url, !url.isLoopback else { return nil }
            return ConfigurationProblem(
                origin: listener.origin, path: "\(Settings.listenersPath)[\(index)]",
                message: "passwords travel to \(url) in clear text, for everybody on the way to read")
        }
    }

    private static func problem(of listener: ListenerEntry, _ path: String, isOpen: Bool)
        -> ConfigurationProblem?
    {
        if listener.mode != nil, listener.url?.host != nil {
            return .init(
                origin: listener.origin, path: path,
                message: "mode is for Unix sockets, and \(listener.name) is none")
        }
        if !isOpen, let url = listener.url, !url.isLoopback {
            return .init(
                origin: listener.origin, path: path,
                message: """
                    refusing to listen on \(url): other machines can reach it and no authentication is \
                    configured. Name users with authentication.password_file (or --password-file; martlet \
                    passwd makes it); or, to let everybody in, set allow_anonymous: true (or \
                    --allow-anonymous); else listen on a loopback address such as mqtt://127.0.0.1:1883 or on a \
                    Unix socket.
                    """)
        }
        return nil
    }
}

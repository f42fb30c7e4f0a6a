import MQTTBroker
import MQTTManagement

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
        if let (setting, message) = configuration.tls.problem {
            let path = "tls.\(setting)"
            problems.append(.init(origin: origins[path], path: path, message: message))
        }
        if let problem = problem(ofAdmin: configuration, origins) { problems.append(problem) }
        if configuration.topicDurability != nil, configuration.durability == .memory {
            let path = "topic_durability"
            problems.append(
                .init(
                    origin: origins[path], path: path,
                    message: "needs durability: synced or written; with memory there is nothing to store in"))
        }
        problems += loginProblems(of: configuration, origins)
        for (index, listener) in configuration.listeners.enumerated() {
            let path = "\(Settings.listenersPath)[\(index)]"
            if let problem = problem(of: listener, path, configuration) {
                problems.append(problem)
            }
        }
        return problems
    }

    private static func problem(
        ofAdmin configuration: ServerConfiguration, _ origins: [String: ConfigurationOrigin]
    ) -> ConfigurationProblem? {
        if let problem = topicMetricsProblem(configuration, origins) { return problem }
        guard let listen = configuration.admin.listen else { return nil }
        let path = "admin.listen"
        func problem(_ message: String) -> ConfigurationProblem {
            .init(origin: origins[path], path: path, message: message)
        }
        guard let address = configuration.admin.address else {
            return problem("'\(listen)' is not http://HOST:PORT or https://HOST:PORT")
        }
        if !address.isSecure, !address.isLoopback {
            return problem(
                """
                refusing to listen on \(address): tokens would travel in clear text. Use https:, or a loopback \
                address such as http://127.0.0.1:\(AdminAddress.defaultPort)
                """)
        }
        if address.isSecure, configuration.adminTLS == nil {
            return problem("\(address) needs admin.certificate and admin.private_key, or those of tls")
        }
        return nil
    }

    private static func topicMetricsProblem(
        _ configuration: ServerConfiguration, _ origins: [String: ConfigurationOrigin]
    ) -> ConfigurationProblem? {
        let path = "admin.topic_metrics"
        let filters = configuration.admin.topicMetrics.map { SettingKind.list($0) } ?? []
        if filters.count > MetricRules.maximumTopicFilters {
            return .init(
                origin: origins[path], path: path,
                message: "has \(filters.count) filters, and \(MetricRules.maximumTopicFilters) are the most")
        }
        return filters.first { (try? TopicFilter(MQTTString($0))) == nil }.map {
            .init(origin: origins[path], path: path, message: "'\($0)' is no topic filter")
        }
    }

    /// Ways to log in that are named, and for which there are no settings.
    private static func loginProblems(
        of configuration: ServerConfiguration, _ origins: [String: ConfigurationOrigin]
    ) -> [ConfigurationProblem] {
        let needs: [LoginKind: String] = [
            .certificate: "tls.client_certificates", .scram: "authentication.password_file",
            .password: "authentication.password_file",
            .jwt: "authentication.jwt.keys or authentication.jwt.secret_file",
            .http: "authentication.http.url",
        ]
        let all = "authentication.methods"
        var named = [(configuration.authentication.methods, origins[all], all)]
        for (index, listener) in configuration.listeners.enumerated() {
            let path = "\(Settings.listenersPath)[\(index)].authentication"
            named.append((listener.authentication, listener.origin, path))
        }
        var problems = named.flatMap { methods, origin, path in
            LoginKind.list(methods ?? "").filter { !configuration.has($0) }.map { kind in
                ConfigurationProblem(
                    origin: origin, path: path, message: "\(kind.rawValue) needs \(needs[kind] ?? "")")
            }
        }
        let url = configuration.authentication.calloutURL
        if let url, !url.hasPrefix("http://"), !url.hasPrefix("https://") {
            let path = "authentication.http.url"
            problems.append(
                .init(
                    origin: origins[path], path: path,
                    message: "\"\(url)\" begins neither with http:// nor with https://"))
        }
        return problems
    }

    static func warnings(of configuration: ServerConfiguration) -> [ConfigurationProblem] {
        guard configuration.passwordFile != nil else { return [] }
        return configuration.listeners.enumerated().compactMap { index, listener in
            guard let url = listener.url, !url.isLoopback, !url.isSecure else { return nil }
            return ConfigurationProblem(
                origin: listener.origin, path: "\(Settings.listenersPath)[\(index)]",
                message: "passwords travel to \(url) in clear text, for everybody on the way to read")
        }
    }

    private static func problem(
        of listener: ListenerEntry, _ path: String, _ configuration: ServerConfiguration
    )
        -> ConfigurationProblem?
    {
        if listener.mode != nil, listener.url?.host != nil {
            return .init(
                origin: listener.origin, path: path,
                message: "mode is for Unix sockets, and \(listener.name) is none")
        }
        if listener.tls != ListenerTLSEntry(), let url = listener.url, !url.isSecure {
            return .init(
                origin: listener.origin, path: path,
                message: "certificates are for listeners with TLS, and \(url) is none")
        }
        let tls = listener.tls.over(configuration.tls)
        if configuration.tls.problem == nil, let (setting, message) = tls.problem {
            return .init(origin: listener.origin, path: "\(path).\(setting)", message: message)
        }
        if let url = listener.url, url.isSecure, tls.problem == nil, tls.settings == nil {
            return .init(
                origin: listener.origin, path: path,
                message: """
                    \(url) needs tls.certificate and tls.private_key (or --certificate and --private-key); \
                    martlet setup makes both
                    """)
        }
        if let url = listener.url, !url.isLoopback, !configuration.mayBeReached(listener) {
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

import MQTTClient
import MQTTCodec
import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension ToolOptions {
    /// What options mean together.
    func check() throws(ToolError) {
        if willPayload != nil && willTopic == nil {
            throw ToolError("Will payload given, but no will topic given.")
        }
        if willRetain && willTopic == nil {
            throw ToolError("Will retain given, but no will topic given.")
        }
        if !cleanSession && identifier == nil && identifierPrefix == nil && version != .v5 {
            throw ToolError("You must provide a client id if you are using the -c option.")
        }
        switch kind {
        case .pub:
            guard !topics.isEmpty, source != nil else {
                throw ToolError("Both topic and message must be supplied.")
            }
        case .sub:
            guard !topics.isEmpty else { throw ToolError("You must specify a topic to subscribe to.") }
        case .rr:
            guard !topics.isEmpty, source != nil, responseTopic != nil else {
                throw ToolError("All of topic, message, and response topic must be supplied.")
            }
        }
        try security.check()
        if password != nil && userName == nil && version != .v5 {
            throw ToolError("Problem setting username and/or password.", isUsage: false)
        }
    }

    var address: ServerAddress {
        if let unixPath { return .unix(path: unixPath) }
        let host = host ?? "localhost"
        // As Mosquitto's tools have it.
        let isSecure = security.isWanted || port == 8883
        switch (usesWebSocket, isSecure) {
        case (false, false): return .tcp(host: host, port: port ?? 1883)
        case (false, true): return .tls(host: host, port: port ?? 8883)
        case (true, false): return .webSocket(host: host, port: port ?? 8083, path: webSocketPath)
        case (true, true): return .secureWebSocket(host: host, port: port ?? 8884, path: webSocketPath)
        }
    }

    var clientConfiguration: ClientConfiguration {
        var configuration = ClientConfiguration(address)
        configuration.version = version
        configuration.clientIdentifier = identifier ?? identifierPrefix.map { "\($0)\(getpid())" } ?? ""
        configuration.userName = userName
        configuration.password = password.map { Array($0.utf8) }
        configuration.cleanStart = cleanSession
        configuration.sessionExpiryInterval = sessionExpiryInterval ?? (cleanSession ? 0 : .max)
        configuration.endsSessionOnDisconnect = false
        configuration.keepAlive = keepAlive
        configuration.localAddress = bindAddress
        configuration.proxy = security.proxy
        configuration.security = security.transportSecurity { KeyPassphrase.ask(for: $0) }
        configuration.receiveMaximum = 65_535
        configuration.topicAliasMaximum = 0
        configuration.outgoingTopicAliases = 0
        configuration.maximumInFlight = maximumInFlight
        configuration.timeout = nil
        configuration.connectTimeout = .seconds(keepAlive)
        configuration.reconnect = ReconnectPolicy(initialDelay: .seconds(1), maximumDelay: .seconds(30))
        if isDebug && !isQuiet {
            let name = configuration.clientIdentifier
            let lines = PacketLines(
                kind, version, clientIdentifier: name.isEmpty ? nil : MQTTString(name))
            configuration.packetObserver = { direction, packet in
                for line in lines.lines(direction, packet) { StandardOutput.write(line: line) }
            }
        }
        if version == .v5 { configuration.connectProperties = properties[.connect] ?? [] }
        if let explicit = configuration.connectProperties.sessionExpiryInterval {
            configuration.sessionExpiryInterval = explicit
        }
        if let willTopic {
            configuration.will = Will(
                topic: MQTTString(willTopic), payload: willPayload ?? [], qos: willQoS, retain: willRetain,
                properties: version == .v5 ? properties[.will] ?? [] : [])
        }
        return configuration
    }

    /// The properties of a packet; none before 5.0.
    func properties(of command: ToolProperty.Command) -> Properties {
        version == .v5 ? properties[command] ?? [] : []
    }
}

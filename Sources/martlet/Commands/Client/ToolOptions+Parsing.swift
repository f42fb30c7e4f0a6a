import MQTTCodec

extension ToolOptions {
    /// Reads arguments as Mosquitto's tools do: every option is a word, its value the next one, whatever that
    /// begins with.
    mutating func read(_ arguments: [String]) throws(ToolError) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if try readSwitch(name) { continue }
            if name == "-D" || name == "--property" {
                try ToolProperty.read(&rest, into: &properties)
                version = .v5
                continue
            }
            guard isValued(name) else { throw ToolError("Unknown option '\(name)'.") }
            guard let value = rest.popFirst() else {
                throw ToolError("\(name) argument given but no \(Self.noun(of: name)) specified.")
            }
            if try !readConnection(name, value), try !readMessage(name, value) {
                try readOutput(name, value)
            }
        }
    }

    /// Options without a value.
    private mutating func readSwitch(_ name: String) throws(ToolError) -> Bool {
        switch (name, kind) {
        case ("-c", _), ("--disable-clean-session", _): cleanSession = false
        case ("-d", _), ("--debug", _): isDebug = true
        case ("--quiet", _): isQuiet = true
        case ("--nodelay", _): break
        case ("--help", _): wantsHelp = true
        case ("--version", _): wantsVersion = true
        case ("--ws", _): usesWebSocket = true
        case ("--will-retain", _): willRetain = true
        case ("-n", .pub), ("-n", .rr), ("--null-message", .pub), ("--null-message", .rr): try set(.null)
        case ("-l", .pub), ("--stdin-line", .pub), ("-l", .rr), ("--stdin-line", .rr): try set(.lines)
        case ("-s", .pub), ("--stdin-file", .pub), ("-s", .rr), ("--stdin-file", .rr):
            try set(.standardInput)
        case ("-r", .pub), ("--retain", .pub): retain = true
        case ("-v", .sub), ("--verbose", .sub), ("-v", .rr), ("--verbose", .rr): isVerbose = true
        case ("-N", .sub), ("-N", .rr): endsLines = false
        case ("-R", .sub), ("-R", .rr): leavesOutRetained = true
        case ("--pretty", .sub), ("--pretty", .rr): isPretty = true
        case ("-E", .sub): exitsAfterSubscribing = true
        case ("--retained-only", .sub): retainedOnly = true
        case ("--remove-retained", .sub): removesRetained = true
        case ("--retain-as-published", .sub): retainAsPublished = true
        case ("--insecure", _): security.isInsecure = true
        case ("--tls-use-os-certs", _): security.usesSystemAuthorities = true
        default: return false
        }
        return true
    }

    private static let valued: Set<String> = [
        "-A", "-h", "--host", "-p", "--port", "-L", "--url", "-u", "--username", "-P", "--pw", "-i", "--id",
        "-I", "--id-prefix", "-k", "--keepalive", "-q", "--qos", "-V", "--protocol-version", "-x",
        "--session-expiry-interval", "--unix", "--ws-path", "-t", "--topic", "--will-topic",
        "--will-payload", "--will-qos", "-M",
    ]
    private static let publishing: Set<String> = ["-m", "--message", "-f", "--file"]
    private static let printing: Set<String> = ["-F", "-W"]
    private static let subscribing: Set<String> = [
        "-C", "-T", "--filter-out", "-U", "--unsubscribe", "--random-filter",
    ]

    private func isValued(_ name: String) -> Bool {
        if Self.valued.contains(name) || ToolSecurity.options[name] != nil { return true }
        switch kind {
        case .pub: return Self.publishing.contains(name) || ["--repeat", "--repeat-delay"].contains(name)
        case .sub: return Self.subscribing.contains(name) || Self.printing.contains(name)
        case .rr: return Self.publishing.contains(name) || Self.printing.contains(name) || name == "-e"
        }
    }

    /// What a value of an option is called.
    private static func noun(of name: String) -> String {
        switch name {
        case "-h", "--host": "host"
        case "-t", "--topic", "-T", "--filter-out", "-U", "--unsubscribe", "--will-topic", "-e": "topic"
        case "-p", "--port": "port"
        case "-q", "--qos", "--will-qos": "QoS"
        case "-m", "--message": "message"
        case "-f", "--file": "file"
        case "-k", "--keepalive": "keepalive"
        case "-i", "--id": "id"
        case "-I", "--id-prefix": "id prefix"
        case "-u", "--username": "username"
        case "-P", "--pw": "password"
        case "-A": "address"
        case "-F": "format"
        case "-L", "--url": "URL"
        default: ToolSecurity.options[name] ?? "value"
        }
    }

    private mutating func readConnection(_ name: String, _ value: String) throws(ToolError) -> Bool {
        switch name {
        case "-A": bindAddress = value
        case "-h", "--host": host = value
        case "-p", "--port":
            guard let number = Self.integer(value), (1...65_535).contains(number) else {
                throw ToolError("Invalid port given: \(Self.integer(value) ?? 0)")
            }
            port = number
        case "-L", "--url": try read(url: value)
        case "--unix": unixPath = value
        case "--ws-path": webSocketPath = value.hasPrefix("/") ? value : "/" + value
        case "-u", "--username": userName = value
        case "-P", "--pw": password = value
        case "-i", "--id":
            guard identifierPrefix == nil else {
                throw ToolError("-i and -I argument cannot be used together.")
            }
            identifier = value
        case "-I", "--id-prefix":
            guard identifier == nil else {
                throw ToolError("-i and -I argument cannot be used together.")
            }
            identifierPrefix = value
        case "-k", "--keepalive":
            guard let number = Self.integer(value), (5...65_535).contains(number) else {
                throw ToolError("Invalid keepalive given, it must be between 5 and 65535 inclusive.")
            }
            keepAlive = UInt16(number)
        case "-q", "--qos":
            guard let number = UInt8(exactly: Self.integer(value) ?? 0), let qos = QoS(rawValue: number)
            else { throw ToolError("Invalid QoS given: \(Self.integer(value) ?? 0)") }
            self.qos = qos
        case "-V", "--protocol-version":
            switch value {
            case "mqttv31", "31": version = .v3_1
            case "mqttv311", "311": version = .v3_1_1
            case "mqttv5", "5": version = .v5
            default: throw ToolError("Invalid protocol version argument given.")
            }
        case "-x", "--session-expiry-interval":
            if value == "∞" || value == "-1" {
                sessionExpiryInterval = .max
            } else if let number = UInt32(value) {
                sessionExpiryInterval = number
            } else {
                throw ToolError("session-expiry-interval not a number.")
            }
        case "-M":
            guard let number = Self.integer(value), number > 0 else {
                throw ToolError("Invalid in-flight maximum given.")
            }
            maximumInFlight = number
        default: return try security.read(name, value)
        }
        return true
    }

    private mutating func readMessage(_ name: String, _ value: String) throws(ToolError) -> Bool {
        switch name {
        case "-t", "--topic": try add(topic: value)
        case "-m", "--message": try set(.text(Array(value.utf8)))
        case "-f", "--file": try set(.file(value))
        case "--repeat":
            guard let number = Self.integer(value), number > 0 else {
                throw ToolError("--repeat argument must be >0.")
            }
            repeatCount = number
        case "--repeat-delay":
            guard let seconds = Double(value), seconds >= 0, seconds < 1e9 else {
                throw ToolError("--repeat-delay argument must be >=0.0.")
            }
            repeatDelay = .nanoseconds(Int64(seconds * 1e9))
        case "-e":
            guard MQTTString(value).bytes.span.isTopicName else {
                throw ToolError(
                    "Invalid response topic '\(value)', does it contain '+' or '#'?")
            }
            responseTopic = value
        case "--will-topic":
            guard MQTTString(value).bytes.span.isTopicName else {
                throw ToolError("Invalid will topic '\(value)', does it contain '+' or '#'?")
            }
            willTopic = value
        case "--will-payload": willPayload = Array(value.utf8)
        case "--will-qos":
            guard let number = UInt8(exactly: Self.integer(value) ?? 0), let qos = QoS(rawValue: number)
            else { throw ToolError("Invalid will QoS \(Self.integer(value) ?? 0).") }
            willQoS = qos
        default: return false
        }
        return true
    }

    private mutating func readOutput(_ name: String, _ value: String) throws(ToolError) {
        switch name {
        case "-C":
            guard let number = Self.integer(value), number > 0 else {
                throw ToolError("Invalid message count \"\(Self.integer(value) ?? 0)\".")
            }
            messageCount = number
        case "-W":
            guard let number = Self.integer(value), number > 0 else {
                throw ToolError("Invalid timeout \"\(Self.integer(value) ?? 0)\".")
            }
            timeout = number
        case "-F": format = try OutputFormat(value)
        case "-T", "--filter-out":
            guard (try? TopicFilter(MQTTString(value))) != nil else {
                throw ToolError(
                    "Invalid filter topic '\(value)', are all '+' and '#' wildcards correct?")
            }
            filterOuts.append(value)
        case "-U", "--unsubscribe":
            guard (try? TopicFilter(MQTTString(value))) != nil else {
                throw ToolError(
                    "Invalid unsubscribe topic '\(value)', are all '+' and '#' wildcards correct?")
            }
            unsubscribeTopics.append(value)
        case "--random-filter":
            guard let number = Double(value), number > 0, number <= 100 else {
                throw ToolError("--random-filter chance must be between 0.1-100.0")
            }
            percentage = number
        default: throw ToolError("Unknown option '\(name)'.")
        }
    }

    mutating func add(topic: String) throws(ToolError) {
        if kind == .sub {
            guard (try? TopicFilter(MQTTString(topic))) != nil else {
                throw ToolError(
                    "Invalid subscription topic '\(topic)', are all '+' and '#' wildcards correct?")
            }
            topics.append(topic)
        } else {
            guard MQTTString(topic).bytes.span.isTopicName else {
                throw ToolError("Invalid publish topic '\(topic)', does it contain '+' or '#'?")
            }
            topics = [topic]
        }
    }

    private mutating func set(_ source: Source) throws(ToolError) {
        guard self.source == nil else { throw ToolError("Only one type of message can be sent at once.") }
        self.source = source
    }

    /// A number as C's `atoi` reads it: as far as there are digits.
    static func integer(_ text: String) -> Int? {
        var digits = text.drop { $0 == " " }
        let isNegative = digits.first == "-"
        if isNegative || digits.first == "+" { digits.removeFirst() }
        digits = digits.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        return isNegative ? -number : number
    }
}

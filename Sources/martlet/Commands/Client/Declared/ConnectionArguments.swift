import ArgumentParser

/// How `pub`, `sub` and `rr` connect. Declared for the help, the manual and the shells' completions; ``ToolOptions`` reads them.
struct ConnectionArguments: ParsableArguments {
    @Option(
        name: [.customShort("L"), .customLong("url")],
        help: ArgumentHelp(
            "mqtt://[USER[:PASSWORD]@]HOST[:PORT]/TOPIC, mqtts://, ws:// or wss://", valueName: "url"))
    var url: String?

    @Option(
        name: [.customShort("h"), .customLong("host")],
        help: ArgumentHelp("Where the broker is: localhost.", valueName: "host"))
    var host: String?

    @Option(
        name: [.customShort("p"), .customLong("port")],
        help: ArgumentHelp("1883; 8083 with --ws; 8883 and 8884 with TLS. 8883 means TLS.", valueName: "port")
    )
    var port: String?

    @Option(
        name: [.customLong("unix")], help: ArgumentHelp("A Unix socket instead.", valueName: "path"),
        completion: .file())
    var unix: String?

    @Flag(name: [.customLong("ws")], help: "WebSocket.")
    var webSocket = false

    @Option(
        name: [.customLong("ws-path")],
        help: ArgumentHelp("The path for WebSocket: /mqtt.", valueName: "path"))
    var webSocketPath: String?

    @Option(
        name: [.customShort("A")],
        help: ArgumentHelp("Connect from this address of this machine.", valueName: "address"))
    var bindAddress: String?

    @Option(
        name: [.customShort("u"), .customLong("username")],
        help: ArgumentHelp("The user name.", valueName: "name"))
    var userName: String?

    @Option(
        name: [.customShort("P"), .customLong("pw")],
        help: ArgumentHelp("The password.", valueName: "password"))
    var password: String?

    @Option(
        name: [.customShort("i"), .customLong("id")],
        help: ArgumentHelp("The client identifier.", valueName: "id"))
    var identifier: String?

    @Option(
        name: [.customShort("I"), .customLong("id-prefix")],
        help: ArgumentHelp("The client identifier is this and the process id.", valueName: "prefix"))
    var identifierPrefix: String?

    @Option(
        name: [.customShort("k"), .customLong("keepalive")],
        help: ArgumentHelp("Keep alive: 60.", valueName: "seconds"))
    var keepAlive: String?

    @Option(
        name: [.customShort("V"), .customLong("protocol-version")],
        help: ArgumentHelp("The version of MQTT, 5, 311 or 31: 311, and 5 for rr.", valueName: "version"),
        completion: .list(["5", "311", "31"]))
    var version: String?

    @Flag(
        name: [.customShort("c"), .customLong("disable-clean-session")],
        help: "Go on with an earlier session, and keep it.")
    var persistent = false

    @Option(
        name: [.customShort("x"), .customLong("session-expiry-interval")],
        help: ArgumentHelp("Keep the session so long, MQTT 5.0; -1: for ever.", valueName: "seconds"))
    var sessionExpiryInterval: String?

    @Option(
        name: [.customShort("D"), .customLong("property")], parsing: .upToNextOption,
        help: ArgumentHelp(
            "A property of MQTT 5.0: publish content-type text/plain. May be given several times.",
            valueName: "command name value"))
    var properties: [String] = []

    @Option(
        name: [.customShort("M")],
        help: ArgumentHelp("Messages of QoS 1 and 2 on their way at a time: 20.", valueName: "number"))
    var maximumInFlight: String?

    @Flag(name: [.customLong("nodelay")], help: "Send small packets at once, which is done anyway.")
    var noDelay = false

    @Option(
        name: [.customLong("will-topic")],
        help: ArgumentHelp("Where the broker publishes the will.", valueName: "topic"))
    var willTopic: String?

    @Option(
        name: [.customLong("will-payload")], help: ArgumentHelp("The will: empty.", valueName: "text"))
    var willPayload: String?

    @Option(
        name: [.customLong("will-qos")],
        help: ArgumentHelp("Quality of service of the will: 0.", valueName: "qos"),
        completion: .list(["0", "1", "2"]))
    var willQoS: String?

    @Flag(name: [.customLong("will-retain")], help: "Let the broker keep the will.")
    var willRetain = false

    @Option(
        name: [.customLong("proxy")],
        help: ArgumentHelp("socks5h://HOST[:PORT] or http://HOST[:PORT]", valueName: "url"))
    var proxy: String?

    @Flag(name: [.customShort("d"), .customLong("debug")], help: "Tell of every packet.")
    var debug = false

    @Flag(name: [.customLong("quiet")], help: "Tell of no errors.")
    var quiet = false

    @Flag(name: [.customLong("version")], help: "Show the version.")
    var showsVersion = false
}

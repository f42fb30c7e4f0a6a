import MQTTCodec
import NIOCore

/// What the command line of `pub`, `sub` or `rr` asks for.
struct ToolOptions {
    /// Where a message to publish comes from.
    enum Source: Equatable {
        case text([UInt8])
        case file(String)
        case null
        case standardInput
        /// One message for each line.
        case lines
    }

    let kind: ToolKind
    var host: String?
    var port: Int?
    var unixPath: String?
    var usesWebSocket = false
    var webSocketPath = "/mqtt"
    var security = ToolSecurity()
    var bindAddress: String?
    var identifier: String?
    var identifierPrefix: String?
    var userName: String?
    var password: String?
    var keepAlive: UInt16 = 60
    var qos = QoS.atMostOnce
    var version: ProtocolVersion
    var cleanSession = true
    var sessionExpiryInterval: UInt32?
    var maximumInFlight = 20
    var isQuiet = false
    var isDebug = false
    var properties: [ToolProperty.Command: Properties] = [:]

    var willTopic: String?
    var willPayload: [UInt8]?
    var willQoS = QoS.atMostOnce
    var willRetain = false

    var topics: [String] = []
    var source: Source?
    var retain = false
    var repeatCount = 1
    var repeatDelay = Duration.zero
    var responseTopic: String?

    var filterOuts: [String] = []
    var unsubscribeTopics: [String] = []
    var isVerbose = false
    var format: OutputFormat?
    var endsLines = true
    var isPretty = false
    var messageCount: Int?
    var timeout: Int?
    var leavesOutRetained = false
    var retainedOnly = false
    var removesRetained = false
    var retainAsPublished = false
    var exitsAfterSubscribing = false
    var percentage = 100.0
    var wantsHelp = false
    var wantsVersion = false

    init(_ kind: ToolKind) {
        self.kind = kind
        version = kind.defaultVersion
    }
}

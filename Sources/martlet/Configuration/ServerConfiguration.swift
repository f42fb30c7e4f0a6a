import Logging
import MQTTCodec
import MQTTEngine

/// What `martlet serve` runs with: the defaults, then the file, the environment and the flags on top.
struct ServerConfiguration: Sendable, Equatable {
    var engine: EngineConfiguration
    /// None: ``DefaultListeners``.
    var listeners: [ListenerEntry] = []
    /// Whether clients without credentials may come from other machines.
    var allowAnonymous = false
    /// None: ``DataDirectory/defaultPath(environment:isRoot:)``.
    var dataDirectory: String?
    /// Event loops that clients are spread over.
    var shards = 1
    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text
    /// Sends all clients elsewhere, section 4.11.
    var serverReference: String?
    /// Whether ``serverReference`` is for good: 0x9D, else 0x9C.
    var isRedirectionPermanent = false

    init() {
        engine = EngineConfiguration()
        engine.version = "martlet \(Version.current)"
    }

    /// The engine's part, with what two settings say together.
    var engineConfiguration: EngineConfiguration {
        var engine = engine
        engine.offer.redirection = serverReference.map {
            .init(isPermanent: isRedirectionPermanent, serverReference: MQTTString($0))
        }
        return engine
    }

    /// The highest QoS as settings have it, by number.
    var maximumQoS: UInt8 {
        get { engine.offer.maximumQoS.rawValue }
        set { engine.offer.maximumQoS = QoS(rawValue: newValue) ?? .exactlyOnce }
    }

    /// Response Information as settings have it.
    var responseInformation: String? {
        get { engine.offer.responseInformation?.description }
        set { engine.offer.responseInformation = newValue.map { MQTTString($0) } }
    }

    /// What `$SYS/broker/version` says, as settings have it: absent is empty.
    var systemTopicVersion: String? {
        get { engine.version }
        set { engine.version = newValue ?? "" }
    }
}

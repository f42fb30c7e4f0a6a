import Logging
import MQTTAuth
import MQTTBroker
import MQTTEngine
import MQTTStorage

/// What `martlet serve` runs with: the defaults, then the file, the environment and the flags on top.
struct ServerConfiguration: Sendable, Equatable {
    /// All but the listeners and the redirection, which ``brokerConfiguration`` adds.
    var broker = BrokerConfiguration()
    /// None: ``DefaultListeners``.
    var listeners: [ListenerEntry] = []
    /// Whether clients without credentials may come from other machines.
    var allowAnonymous = false
    /// Users and their passwords; none: nobody is asked for a password.
    var passwordFile: String?
    var authentication = AuthenticationEntry()
    /// What users may do; none: everything.
    var accessFile: String?
    /// What the configuration itself says about that.
    var access = AccessSection()
    var subscriptionPolicy = SubscriptionPolicy.refuse
    var tls = TLSEntry()
    /// None: there is no audit log.
    var auditFile: String?
    var admin = AdminEntry()
    /// None: ``DataDirectory/defaultPath(environment:isRoot:)``.
    var dataDirectory: String?
    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text
    /// Lines of one message within ten seconds; 0: any number.
    var logBurst = 1_000
    /// What an acknowledgement survives.
    var durability = Durability.synced
    /// What it survives for messages on some topics, as ``TopicDurabilityText`` has it; none: the same.
    var topicDurability: String?
    /// What becomes of a store that is damaged.
    var damagePolicy = DamagePolicy.setAside
    /// Sends all clients elsewhere, section 4.11.
    var serverReference: String?
    /// Whether ``serverReference`` is for good: 0x9D, else 0x9C.
    var isRedirectionPermanent = false

    init() {
        broker.engine.version = "martlet \(Version.current)"
    }

    /// What the broker is started with.
    var brokerConfiguration: BrokerConfiguration {
        var broker = broker
        broker.engine.offer.redirection = serverReference.map {
            .init(isPermanent: isRedirectionPermanent, serverReference: MQTTString($0))
        }
        broker.engine.durability.general = durability
        broker.engine.durability.rules = topicDurability.flatMap { try? TopicDurabilityText.rules($0) } ?? []
        let configured = listeners.compactMap(\.configuration)
        broker.listeners =
            listeners.isEmpty ? DefaultListeners.urls.map { ListenerConfiguration($0) } : configured
        return broker
    }

    /// What an `https:` administration listener shows. It asks for no certificate of others: tokens tell who
    /// they are.
    var adminTLS: TLSSettings? {
        var entry = TLSEntry()
        entry.certificate = admin.certificate ?? tls.certificate
        entry.privateKey = admin.privateKey ?? tls.privateKey
        entry.minimumVersion = tls.minimumVersion
        entry.handshakeTime = tls.handshakeTime
        return entry.settings
    }

    /// Whether it has been decided who may come from other machines.
    func mayBeReached(_ listener: ListenerEntry) -> Bool {
        if listener.authentication != nil || authentication.methods != nil { return true }
        return allowAnonymous || [.password, .jwt, .http].contains { has($0) }
            || listener.url?.isSecure == true && listener.tls.over(tls).clientCertificates == .required
    }

    /// TLS for each listener in turn; nil for those without.
    var listenerTLS: [(url: ListenerURL, settings: TLSSettings?)] {
        listeners.compactMap { listener in
            listener.url.map { ($0, $0.isSecure ? listener.tls.over(tls).settings : nil) }
        }
    }

    var lostSubscriptionPolicy: LostSubscriptionPolicy {
        get { broker.engine.disconnectsOnLostSubscription ? .disconnect : .unsubscribe }
        set { broker.engine.disconnectsOnLostSubscription = newValue == .disconnect }
    }

    /// The highest QoS as settings have it, by number.
    var maximumQoS: UInt8 {
        get { broker.engine.offer.maximumQoS.rawValue }
        set { broker.engine.offer.maximumQoS = QoS(rawValue: newValue) ?? .exactlyOnce }
    }

    /// Response Information as settings have it.
    var responseInformation: String? {
        get { broker.engine.offer.responseInformation?.description }
        set { broker.engine.offer.responseInformation = newValue.map { MQTTString($0) } }
    }

    /// What `$SYS/broker/version` says, as settings have it: absent is empty.
    var systemTopicVersion: String? {
        get { broker.engine.version }
        set { broker.engine.version = newValue ?? "" }
    }
}

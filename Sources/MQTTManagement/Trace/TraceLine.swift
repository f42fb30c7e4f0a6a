import MQTTBroker

/// An event as it is told to those who follow. Payloads are never part of it.
struct TraceLine: AdminValue {
    /// What happened: `connected`, `refused`, `disconnected`, `dropped`, `subscribed`, `unsubscribed`,
    /// `publish-refused`, `messages-dropped`, `session-ended`, `will-published`, `publishers-held`,
    /// `publish-rate-exceeded`, `publishers-released`, `message`, `messages-ended`, or `left-out` for lines that are
    /// missing.
    var event: String
    var client: String?
    var user: String?
    var address: String?
    var listener: String?
    var topic: String?
    var reason: String?
    var detail: String?
    var count: Int?
    var qos: Int?
    var payloadBytes: Int?

    init(_ event: String) { self.event = event }

    static var example: Self {
        var line = Self("connected")
        line.client = "phone-17"
        line.user = "anna"
        line.address = "192.0.2.7:51234"
        line.listener = "mqtts://0.0.0.0:8883"
        line.topic = "house/kitchen"
        line.reason = "success"
        line.detail = "MQTT 5"
        line.count = 1
        line.qos = 1
        line.payloadBytes = 12
        return line
    }

    init(_ event: Event) {
        switch event {
        case .clientConnected(let client, let version, let sessionPresent, let keepAlive):
            self.init("connected", client)
            detail = "\(version.text), session present: \(sessionPresent), keep alive: \(keepAlive) s"
        case .clientRefused(let client, let code, let text):
            self.init("refused", client)
            reason = code.name
            detail = text
        case .clientDisconnected(let client, let cause, _):
            self.init("disconnected", client)
            reason = cause.text
            detail = cause.detail
        case .connectionDropped(let peer, let text):
            self.init("dropped")
            address = peer.address
            listener = peer.listener
            detail = text
        case .subscribed(let client, let filter, let code):
            self.init("subscribed", client)
            topic = filter.description
            reason = code.isFailure ? code.name : "granted QoS \(code.rawValue)"
        case .unsubscribed(let client, let filter):
            self.init("unsubscribed", client)
            topic = filter.description
        case .publishRefused(let client, let name, let code):
            self.init("publish-refused", client)
            topic = name.description
            reason = code.name
        case .publishRateExceeded(let client): self.init("publish-rate-exceeded", client)
        case .messagesDropped(let client, let why, let number):
            self.init("messages-dropped")
            self.client = client.description
            reason = why.rawValue
            count = number
        case .sessionEnded(let client, let cause):
            self.init("session-ended")
            self.client = client.description
            reason = cause.rawValue
        case .willPublished(let client, let name):
            self.init("will-published")
            self.client = client.description
            topic = name.description
        case .publishersHeld(let client):
            self.init("publishers-held")
            self.client = client.description
        case .publishersReleased(let client):
            self.init("publishers-released")
            self.client = client.description
        }
    }

    private init(_ event: String, _ client: Event.Client) {
        self.init(event)
        self.client = client.identifier.description
        user = client.userName?.description
        address = client.peer.address
        listener = client.peer.listener
    }
}

import MQTTBroker

/// A session, with its connection if there is one.
struct SessionValue: AdminValue {
    var client: String
    var user: String?
    var connected: Bool
    var version: String
    var address: String?
    var listener: String?
    var certificateName: String?
    var connectedSeconds: Double?
    var silentSeconds: Double?
    var keepAliveSeconds: Int
    var bytesReceived: UInt64
    var bytesSent: UInt64
    var subscriptions: Int
    var queuedMessages: Int
    var queuedBytes: Int
    var inFlightMessages: Int
    var inFlightMaximum: Int
    var full: Bool
    var sessionExpirySeconds: UInt32
    var expiresInSeconds: Double?
    var will: Bool
    var lastDisconnect: String?

    static let example = Self(
        client: "phone-17", user: "anna", connected: true, version: "MQTT 5.0", address: "192.0.2.7:51234",
        listener: "mqtts://0.0.0.0:8883", certificateName: "anna", connectedSeconds: 61.5,
        silentSeconds: 1.5, keepAliveSeconds: 60, bytesReceived: 12_345, bytesSent: 67_890, subscriptions: 3,
        queuedMessages: 2, queuedBytes: 120, inFlightMessages: 1, inFlightMaximum: 20, full: false,
        sessionExpirySeconds: 3_600, expiresInSeconds: 60.5, will: true,
        lastDisconnect: "network: connection lost")
}

extension SessionValue {
    init(_ session: SessionSummary) {
        func seconds(_ milliseconds: Int64?) -> Double? { milliseconds.map { Double($0) / 1000 } }
        client = session.clientIdentifier.description
        user = session.userName?.description
        connected = session.peer != nil
        version = session.version.text
        address = session.peer?.address
        listener = session.peer?.listener
        certificateName = session.peer?.certificateName?.description
        connectedSeconds = seconds(session.connectedFor)
        silentSeconds = seconds(session.silentFor)
        keepAliveSeconds = Int(session.keepAlive)
        bytesReceived = session.bytesReceived
        bytesSent = session.bytesSent
        subscriptions = session.subscriptions
        queuedMessages = session.queuedMessages
        queuedBytes = session.queuedBytes
        inFlightMessages = session.inFlightMessages
        inFlightMaximum = session.inFlightMaximum
        full = session.isFull
        sessionExpirySeconds = session.expiryInterval
        expiresInSeconds = seconds(session.expiresIn)
        will = session.hasWill
        lastDisconnect = session.lastDisconnect.map { cause in
            cause.detail.map { "\(cause.text): \($0)" } ?? cause.text
        }
    }
}

/// A page of sessions.
struct SessionPage: AdminValue {
    var items: [SessionValue]
    /// For `after`, to get the next page.
    var next: String?

    static let example = Self(items: [.example], next: "0.100")
}

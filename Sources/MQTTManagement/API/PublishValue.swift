/// A message to be published.
struct PublishValue: AdminValue {
    var topic: String
    var payload: String?
    /// `text` unless it says `base64`.
    var encoding: PayloadEncoding?
    var qos: Int?
    var retain: Bool?
    /// Message Expiry Interval.
    var expirySeconds: UInt32?
    var contentType: String?

    static let example = Self(
        topic: "house/kitchen/light", payload: "on", encoding: .text, qos: 1, retain: false,
        expirySeconds: 60, contentType: "text/plain")

    /// All but the payload, for the audit log.
    var summary: String {
        "topic \(topic), QoS \(qos ?? 0)" + (retain == true ? ", retained" : "")
            + ", \((payload ?? "").utf8.count) bytes\(encoding == .base64 ? " of base64" : "")"
    }
}

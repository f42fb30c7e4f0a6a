import MQTTCodec

/// A CONNECT that waits for the client's session, wherever it is.
struct ClientClaim: Sendable {
    let clientIdentifier: MQTTString
    let userName: MQTTString?
    let cleanStart: Bool
    /// Where the client is now.
    let shard: Int
    let connection: ConnectionID
}

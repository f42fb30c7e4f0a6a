import MQTTCodec

/// What a ``ClientSession`` wants done, in this order. Bytes to be sent are in ``ClientSession/output``.
enum SessionAction: Hashable, Sendable {
    /// The server accepted the connection.
    case connected(Connack)
    /// The server did not.
    case refused(Connack)
    /// A publish has come to its end.
    case published(UInt64, Result<PublishOutcome, ClientError>)
    case subscribed(UInt64, Result<SubscriptionAcknowledgement, ClientError>)
    case unsubscribed(UInt64, Result<SubscriptionAcknowledgement, ClientError>)
    /// A message came. One of QoS 1 or 2 waits for ``ClientSession/acknowledge(_:_:)`` with this number.
    case received(Publish, delivery: UInt64?)
    /// The server named another one, MQTT 5.0 section 4.11.
    case redirected(MQTTString)
    /// The server asks for the next step of an authentication.
    case challenged([UInt8])
    /// The server has accepted a re-authentication.
    case reauthenticated([UInt8]?)
    /// Send what is in the output, then close the connection.
    case close(ClientError)
}

/// How a message that was published came to its end.
public struct PublishOutcome: Hashable, Sendable {
    /// What the server answered; success at QoS 0, which has no answer.
    public var reasonCode: ReasonCode
    /// The properties of the answer.
    public var properties: Properties
}

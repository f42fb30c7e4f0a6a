/// Who acknowledges the messages of a subscription.
public enum Acknowledgements: Hashable, Sendable {
    /// The client, when a message is taken from the sequence.
    case automatic
    /// The application, by ``MQTTClient/Message/acknowledge(_:)``.
    case manual
}

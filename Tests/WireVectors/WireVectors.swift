/// The one catalogue of wire vectors, for every test that needs bytes of MQTT.
public enum WireVectors {
    public static let all: [WireVector] =
        frame + connect + connectFlags + connack + publish + acknowledgement + subscribe + unsubscribe
        + subscriptionAcknowledgement + ping + disconnect + auth + reasonCodes + properties + propertyValues
        + strings

    /// The vectors whose name cites a statement, such as `MQTT-3.1.2-3`.
    public static func citing(_ statement: String) -> [WireVector] {
        all.filter { $0.name.contains("[\(statement)]") }
    }
}

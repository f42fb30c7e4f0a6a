import MQTTCodec

/// The three commands that do what Mosquitto's tools do.
enum ToolKind: String {
    case pub
    case sub
    case rr

    /// How it is called in messages.
    var name: String { "martlet \(rawValue)" }

    /// What a client identifier of its own is made of, before 5.0 a server cannot give one with `-c`.
    var defaultVersion: ProtocolVersion { self == .rr ? .v5 : .v3_1_1 }

    /// Properties without which the command does not know itself.
    var publishes: Bool { self != .sub }
    var prints: Bool { self != .pub }
}

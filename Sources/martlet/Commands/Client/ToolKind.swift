import ArgumentParser
import MQTTCodec

/// The three commands that do what Mosquitto's tools do.
enum ToolKind: String {
    case pub
    case sub
    case rr

    /// All of its options.
    var help: String {
        switch self {
        case .pub: Martlet.helpMessage(for: Pub.self, columns: 120)
        case .sub: Martlet.helpMessage(for: Sub.self, columns: 120)
        case .rr: Martlet.helpMessage(for: RequestResponse.self, columns: 120)
        }
    }

    /// How it is called in messages.
    var name: String { "martlet \(rawValue)" }

    /// What a client identifier of its own is made of, before 5.0 a server cannot give one with `-c`.
    var defaultVersion: ProtocolVersion { self == .rr ? .v5 : .v3_1_1 }

    /// Properties without which the command does not know itself.
    var publishes: Bool { self != .sub }
    var prints: Bool { self != .pub }
}

import MQTTCodec

/// Some bytes and what they mean, written by hand from the specification.
public struct WireVector: Sendable {
    public enum Meaning: Sendable {
        /// The bytes say this packet, and the packet is written as these bytes.
        case packet(ControlPacket)
        /// The bytes say this packet, but it is written in another way: a form that only a reader needs.
        case read(ControlPacket)
        /// The bytes are refused.
        case refused(WireError)
    }

    /// What is shown, with the statements that say so in brackets: `[MQTT-3.1.2-3]`.
    public let name: String
    public let versions: [ProtocolVersion]
    public let bytes: [UInt8]
    public let meaning: Meaning

    public init(_ name: String, _ versions: [ProtocolVersion], _ bytes: [UInt8], _ meaning: Meaning) {
        self.name = name
        self.versions = versions
        self.bytes = bytes
        self.meaning = meaning
    }

    /// The packet that the bytes say; nil where they are refused.
    public var packet: ControlPacket? {
        switch meaning {
        case .packet(let packet), .read(let packet): packet
        case .refused: nil
        }
    }

    /// Why the bytes are refused; nil where they are not.
    public var error: WireError? {
        if case .refused(let error) = meaning { error } else { nil }
    }
}

extension WireVector: CustomStringConvertible {
    public var description: String { "\(versions.map(\.name).joined(separator: " ")): \(name)" }
}

extension ProtocolVersion {
    /// As people write it.
    public var name: String {
        switch self {
        case .v3_1: "3.1"
        case .v3_1_1: "3.1.1"
        case .v5: "5.0"
        }
    }
}

/// The versions that a vector holds for.
extension [ProtocolVersion] {
    public static var v3_1: Self { [.v3_1] }
    public static var v3_1_1: Self { [.v3_1_1] }
    public static var v5: Self { [.v5] }
    /// Both versions before 5.0.
    public static var before5: Self { [.v3_1, .v3_1_1] }
    public static var from3_1_1: Self { [.v3_1_1, .v5] }
    public static var all: Self { ProtocolVersion.allCases }
}

func valid(
    _ name: String, _ versions: [ProtocolVersion], _ bytes: Wire, _ packet: ControlPacket
) -> WireVector { WireVector(name, versions, bytes.bytes, .packet(packet)) }

func readOnly(
    _ name: String, _ versions: [ProtocolVersion], _ bytes: Wire, _ packet: ControlPacket
) -> WireVector { WireVector(name, versions, bytes.bytes, .read(packet)) }

func refused(
    _ name: String, _ versions: [ProtocolVersion], _ bytes: Wire, _ error: WireError
) -> WireVector { WireVector(name, versions, bytes.bytes, .refused(error)) }

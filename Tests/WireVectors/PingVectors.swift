import MQTTCodec

extension WireVectors {
    /// Sections 3.12 and 3.13.
    static let ping: [WireVector] = [
        valid("PINGREQ", .all, "C0 00", .pingreq),
        valid("PINGRESP", .all, "D0 00", .pingresp),
        refused("PINGREQ with a body", .all, "C0 01 00", .lengthMismatch),
        refused("PINGRESP with a body", .all, "D0 01 00", .lengthMismatch),
    ]
}

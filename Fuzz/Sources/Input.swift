import MQTTCodec

/// Fuzzed bytes, taken from the front; zeros when there are no more.
struct Input {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isEmpty: Bool { offset >= bytes.count }

    mutating func byte() -> UInt8 {
        guard offset < bytes.count else { return 0 }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// From 0 to below `bound`, which is 256 at most.
    mutating func below(_ bound: Int) -> Int { Int(byte()) % bound }

    mutating func version() -> ProtocolVersion { ProtocolVersion.allCases[below(3)] }

    /// As many as there are, up to `count`.
    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(offset + count, bytes.count)
        defer { offset = end }
        return Array(bytes[offset..<end])
    }

    mutating func rest() -> [UInt8] { take(bytes.count) }
}

/// A hash of bytes for the engine's own tables: fast for short keys, and seeded, so that nobody outside can
/// choose topics that collide.
struct ByteHash: Sendable {
    private let seed: UInt64
    private let key: UInt64

    init(seed: UInt64) {
        self.seed = seed ^ 0x9E37_79B9_7F4A_7C15
        key = Self.mix(seed ^ 0xD6E8_FEB8_6659_FD93, 0xA076_1D64_78BD_642F) | 1
    }

    @inline(__always)
    private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (high, low) = a.multipliedFullWidth(by: b)
        return high ^ low
    }

    @inline(__always)
    func hash(_ bytes: Span<UInt8>) -> UInt64 {
        let count = bytes.count
        var state = seed ^ UInt64(truncatingIfNeeded: count)
        // Loads of eight bytes at a time, the last ones overlapping.
        return unsafe bytes.withUnsafeBytes { raw in
            if count >= 8 {
                var offset = 0
                while offset + 8 <= count {
                    state = Self.mix(
                        unsafe state ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self), key)
                    offset += 8
                }
                if offset < count {
                    state = Self.mix(
                        unsafe state ^ raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self), key)
                }
            } else {
                var last: UInt64 = 0
                for index in 0..<count { last = last << 8 | UInt64(unsafe raw[index]) }
                state = Self.mix(state ^ last, key)
            }
            return Self.mix(state, seed)
        }
    }
}

/// Writes bytes one after the other into memory that somebody else has made large enough; it ends the program
/// rather than write past the end.
@safe struct Pen {
    private let target: UnsafeMutableRawBufferPointer
    /// How many bytes were written.
    private(set) var count = 0

    @unsafe
    @inline(__always)
    init(_ target: UnsafeMutableRawBufferPointer) { unsafe self.target = target }

    @inline(__always)
    mutating func write(_ byte: UInt8) {
        precondition(unsafe count < target.count, "no room for a byte")
        unsafe target[count] = byte
        count += 1
    }

    @inline(__always)
    mutating func write(_ number: UInt16) {
        write(UInt8(truncatingIfNeeded: number >> 8))
        write(UInt8(truncatingIfNeeded: number))
    }

    @inline(__always)
    mutating func write(_ bytes: Span<UInt8>) {
        guard bytes.count > 0 else { return }
        precondition(unsafe bytes.count <= target.count - count, "no room for bytes")
        unsafe bytes.withUnsafeBufferPointer { source in
            unsafe UnsafeMutableRawBufferPointer(rebasing: target[count...]).copyMemory(
                from: UnsafeRawBufferPointer(source))
        }
        count += bytes.count
    }

    /// A Variable Byte Integer, MQTT 5.0 section 1.5.5.
    @inline(__always)
    mutating func writeVariableByteInteger(_ value: Int) {
        var rest = value
        while rest >= 0x80 {
            write(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        write(UInt8(truncatingIfNeeded: rest))
    }
}

import NIOCore

/// What a benchmark's payload begins with: who sent it, as which message, and when it was due.
struct BenchStamp: Equatable {
    static let size = 16

    var publisher: UInt32
    var sequence: UInt32
    /// Nanoseconds of this process' clock.
    var time: UInt64

    func payload(size: Int) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(size)
        buffer.writeMultipleIntegers(publisher, sequence, time)
        buffer.writeRepeatingByte(UInt8(ascii: "."), count: max(0, size - Self.size))
        return buffer
    }

    init(publisher: UInt32, sequence: UInt32, time: UInt64) {
        self.publisher = publisher
        self.sequence = sequence
        self.time = time
    }

    /// nil: the payload is not of a benchmark.
    init?(_ payload: ByteBuffer) {
        var payload = payload
        guard
            let (publisher, sequence, time) = payload.readMultipleIntegers(
                as: (UInt32, UInt32, UInt64).self)
        else { return nil }
        self.init(publisher: publisher, sequence: sequence, time: time)
    }
}

import MQTTCodec
import NIOCore

/// The bytes that wait to be written to one connection: small packets gathered in one buffer, large
/// payloads as slices of where they already are.
struct Outbox {
    /// From this size on a payload is sliced, not copied, in bytes.
    static let sliceThreshold = 2_048

    private var finished: [ByteBuffer] = []
    /// Where small packets are appended.
    var tail = ByteBuffer()
    private var finishedBytes = 0

    /// Bytes that wait.
    @inline(__always)
    var count: Int { finishedBytes + tail.readableBytes }

    /// Puts a buffer of its own behind everything so far.
    mutating func append(slice: ByteBuffer) {
        if tail.readableBytes > 0 {
            finishedBytes += tail.readableBytes
            finished.append(tail)
            tail = ByteBuffer()
        }
        finishedBytes += slice.readableBytes
        finished.append(slice)
    }

    /// Hands everything over.
    mutating func take() -> Output {
        let last = tail
        tail = ByteBuffer()
        guard !finished.isEmpty else { return Output(first: last) }
        var rest = finished
        finished = []
        finishedBytes = 0
        if last.readableBytes > 0 { rest.append(last) }
        let first = rest.removeFirst()
        return Output(first: first, rest: rest)
    }
}

import MQTTEngine
import NIOCore

/// What carries the bytes of one of a shard's connections. Used on the shard's event loop only.
protocol Connection: AnyObject {
    /// Writes bytes, and sees that they leave.
    func write(_ first: ByteBuffer, _ rest: [ByteBuffer])
    func pauseReading()
    func resumeReading()
    /// Says that no more bytes come, once all written ones have left, and ignores what still arrives.
    func finish()
    /// Ends at once, whatever waits.
    func abort()
}

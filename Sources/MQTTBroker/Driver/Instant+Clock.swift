import MQTTEngine
import NIOCore

extension Instant {
    /// The time of the monotonic clock that event loops use.
    static var now: Self { Self(milliseconds: Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000)) }

    /// The same moment for an event loop.
    var deadline: NIODeadline { .uptimeNanoseconds(UInt64(max(0, milliseconds)) &* 1_000_000) }
}

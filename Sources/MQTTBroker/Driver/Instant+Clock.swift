import MQTTEngine
import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension Instant {
    /// The time of the monotonic clock that event loops use.
    static var now: Self { Self(milliseconds: Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000)) }

    /// What added to an instant gives milliseconds since 1970.
    static var wallClockOffset: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000 - now.milliseconds
    }

    /// The same moment for an event loop.
    var deadline: NIODeadline { .uptimeNanoseconds(UInt64(max(0, milliseconds)) &* 1_000_000) }
}

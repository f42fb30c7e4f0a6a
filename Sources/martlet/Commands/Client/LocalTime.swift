#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A moment in the time zone of this machine.
struct LocalTime {
    let seconds: Int
    let nanoseconds: Int

    static func now() -> Self {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Self(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
    }

    /// What `strftime` makes of it.
    func formatted(_ format: String) -> String {
        var time = time_t(seconds)
        var parts = unsafe tm()
        _ = unsafe localtime_r(&time, &parts)
        var bytes = [CChar](repeating: 0, count: 256)
        let count = unsafe strftime(&bytes, bytes.count, format, &parts)
        return String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

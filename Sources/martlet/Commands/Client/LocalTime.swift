#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A moment in the time zone of this machine.
struct LocalTime {
    let seconds: Int
    let nanoseconds: Int

    static func now() -> Self {
        let time = Date().timeIntervalSince1970
        let whole = time.rounded(.down)
        return Self(seconds: Int(whole), nanoseconds: Int((time - whole) * 1e9))
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

import MQTTEngine
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The processors of this machine.
enum Processors {
    /// How many this process may use: those it is bound to, as by `taskset` or a container's CPU set; 1 to
    /// ``ShardPlace/maximumCount``.
    static var available: Int { min(max(1, allowed ?? System.coreCount), ShardPlace.maximumCount) }

    /// `Cpus_allowed` of `/proc/self/status`, a number in hexadecimal digits with commas between: the C library's
    /// function for it is hidden behind a macro.
    private static var allowed: Int? {
        #if os(Linux)
            guard let file = unsafe fopen("/proc/self/status", "re") else { return nil }
            defer { unsafe fclose(file) }
            var line = [CChar](repeating: 0, count: 4096)
            while unsafe fgets(&line, Int32(line.count), file) != nil {
                let text = String(
                    decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                guard text.hasPrefix("Cpus_allowed:") else { continue }
                let digits = text.dropFirst("Cpus_allowed:".count).compactMap(\.hexDigitValue)
                let count = digits.reduce(0) { $0 + $1.nonzeroBitCount }
                return count > 0 ? count : nil
            }
            return nil
        #else
            return nil
        #endif
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard error, without buffering.
enum StandardError {
    /// Writes all of it. What cannot be written is given up: there is nobody left to tell.
    static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Self.write($0) }
            if written < 0 {
                if errno == EINTR { continue }
                return
            }
            rest = rest.dropFirst(written)
        }
    }

    static func write(line: String) { write(Array((line + "\n").utf8)) }

    private static func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            unsafe Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            unsafe Musl.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        #else
            unsafe Darwin.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        #endif
    }
}

import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard output, without buffering.
enum StandardOutput {
    static func write(line: String) { write(Array((line + "\n").utf8)) }

    /// Writes all of it. Returns false when nobody reads it any more.
    @discardableResult
    static func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Self.write($0) }
            if written < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = rest.dropFirst(written)
        }
        return true
    }

    /// The same where waiting would hold others up: as long as nobody takes the bytes, it waits on another thread.
    nonisolated(nonsending) static func writeAway(_ bytes: [UInt8]) async -> Bool {
        // What a pipe takes at once if it takes anything, POSIX's PIPE_BUF.
        let part = isFile ? bytes.count : 4_096
        var rest = bytes[...]
        while !rest.isEmpty {
            guard isReady else {
                let left = Array(rest)
                return (try? await NIOThreadPool.singleton.runIfActive { write(left) }) ?? false
            }
            guard write(Array(rest.prefix(part))) else { return false }
            rest = rest.dropFirst(part)
        }
        return true
    }

    /// A file takes everything at once.
    private static let isFile: Bool = {
        var status = stat()
        return unsafe fstat(STDOUT_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }()

    private static var isReady: Bool {
        guard !isFile else { return true }
        var output = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&output, 1, 0) != 0
    }

    private static func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            unsafe Glibc.write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            unsafe Musl.write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
        #else
            unsafe Darwin.write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
        #endif
    }
}

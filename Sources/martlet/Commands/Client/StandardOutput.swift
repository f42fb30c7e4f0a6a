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

    /// Why bytes were not written.
    enum Failure: Error {
        /// Nobody reads them any more.
        case closed
        case other(String)
    }

    /// Writes all of it. Returns false if it cannot be written, or if nobody reads it any more.
    @discardableResult
    static func write(_ bytes: [UInt8]) -> Bool {
        do {
            try writeAll(bytes)
            return true
        } catch {
            return false
        }
    }

    /// Writes all of it.
    static func writeAll(_ bytes: [UInt8]) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Self.write($0) }
            guard written < 0 else {
                rest = rest.dropFirst(written)
                continue
            }
            switch errno {
            case EINTR: continue
            case EPIPE: throw .closed
            case let code: throw .other(unsafe String(cString: strerror(code)))
            }
        }
    }

    /// The same where waiting would hold others up: as long as nobody takes the bytes, it waits on another thread.
    nonisolated(nonsending) static func writeAway(_ bytes: [UInt8]) async throws(Failure) {
        // What a pipe takes at once if it takes anything, POSIX's PIPE_BUF.
        let part = isFile ? bytes.count : 4_096
        var rest = bytes[...]
        while !rest.isEmpty {
            guard isReady else { return try await writeElsewhere(Array(rest)) }
            try writeAll(Array(rest.prefix(part)))
            rest = rest.dropFirst(part)
        }
    }

    nonisolated(nonsending) private static func writeElsewhere(_ bytes: [UInt8]) async throws(Failure) {
        let result: Result<Void, Failure>
        do {
            result = try await NIOThreadPool.singleton.runIfActive {
                Result { () throws(Failure) in try writeAll(bytes) }
            }
        } catch {
            throw .other("\(error)")
        }
        try result.get()
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

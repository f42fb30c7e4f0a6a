#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that is only ever appended to, by whoever has it open. A new one is for its owner alone.
package final class AppendedFile: Sendable {
    private let file: Int32
    private let path: String

    /// - Throws: ``FileProblem`` if it cannot be appended to.
    package init(_ path: String) throws(FileProblem) {
        self.path = path
        file = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.problem(path, errno) }
    }

    deinit { close(file) }

    /// Appends all of it, and returns when it is on the disk.
    package func append(_ bytes: [UInt8]) throws(FileProblem) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe writeBytes(file, buffer.baseAddress, buffer.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.problem(path, errno)
            }
            rest = rest.dropFirst(count)
        }
        // A pipe or a terminal has nothing to be synced.
        if fsync(file) != 0, errno != EINVAL { throw Self.problem(path, errno) }
    }

    private static func problem(_ path: String, _ number: Int32) -> FileProblem {
        FileProblem(path: path, message: "cannot be appended to: \(unsafe String(cString: strerror(number)))")
    }
}

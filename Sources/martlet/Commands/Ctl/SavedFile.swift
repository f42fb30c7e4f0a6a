#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A new file that an answer is saved in, for its owner alone. Removed again unless it is finished.
final class SavedFile {
    private let path: String
    private let descriptor: Int32
    private var isFinished = false

    /// - Throws: ``ConfigurationProblem`` if there is such a file already, or it cannot be made.
    init(_ path: String) throws(ConfigurationProblem) {
        self.path = path
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.problem(path) }
    }

    deinit {
        close(descriptor)
        if !isFinished { unsafe unlink(path) }
    }

    func append(_ bytes: [UInt8]) throws(ConfigurationProblem) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.problem(path)
            }
            rest = rest.dropFirst(count)
        }
    }

    /// All of it is there, and on the disk.
    func finish() throws(ConfigurationProblem) {
        guard fsync(descriptor) == 0 else { throw Self.problem(path) }
        isFinished = true
    }

    private static func problem(_ path: String) -> ConfigurationProblem {
        ConfigurationProblem(
            path: path, message: "cannot be written: \(unsafe String(cString: strerror(errno)))")
    }
}

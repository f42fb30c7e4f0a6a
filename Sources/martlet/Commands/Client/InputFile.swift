import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Bytes of a file or of standard input. Reading blocks, so it happens on threads of its own.
final class InputFile: Sendable {
    private let descriptor: Int32
    /// Whether this is the one who opened it.
    private let isOwned: Bool
    /// How an error calls it.
    private let name: String

    static let standardInput = InputFile()

    private init() {
        descriptor = STDIN_FILENO
        isOwned = false
        name = "standard input"
    }

    /// nil: the file cannot be opened.
    init?(path: String) {
        let descriptor = unsafe open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        isOwned = true
        name = "file \"\(path)\""
    }

    deinit { if isOwned { close(descriptor) } }

    /// The next bytes; empty at the end, and only there.
    ///
    /// - Throws: ``ToolError`` if they cannot be read, as those of a directory.
    func read() async throws(ToolError) -> [UInt8] {
        let result: Result<[UInt8], ToolError>
        do {
            result = try await NIOThreadPool.singleton.runIfActive { [self] in
                Result { () throws(ToolError) in try Self.read(descriptor, name) }
            }
        } catch {
            throw ToolError("Unable to read \(name).", isUsage: false)
        }
        return try result.get()
    }

    func readAll() async throws(ToolError) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let more = try await read()
            guard !more.isEmpty else { return all }
            all += more
        }
    }

    private static func read(_ descriptor: Int32, _ name: String) throws(ToolError) -> [UInt8] {
        while true {
            var count = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, filled in
                #if canImport(Glibc)
                    count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                #elseif canImport(Musl)
                    count = unsafe Musl.read(descriptor, buffer.baseAddress, buffer.count)
                #else
                    count = unsafe Darwin.read(descriptor, buffer.baseAddress, buffer.count)
                #endif
                filled = max(0, count)
            }
            guard count < 0 else { return bytes }
            let code = errno
            if code == EINTR { continue }
            throw ToolError(
                "Unable to read \(name): \(unsafe String(cString: strerror(code))).", isUsage: false)
        }
    }
}

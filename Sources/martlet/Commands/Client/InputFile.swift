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

    static let standardInput = InputFile()

    private init() {
        descriptor = STDIN_FILENO
        isOwned = false
    }

    /// nil: the file cannot be opened.
    init?(path: String) {
        let descriptor = unsafe open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        isOwned = true
    }

    deinit { if isOwned { close(descriptor) } }

    /// The next bytes; empty at the end.
    func read() async -> [UInt8] {
        let bytes = try? await NIOThreadPool.singleton.runIfActive { Self.read(self.descriptor) }
        return bytes ?? []
    }

    func readAll() async -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let more = await read()
            guard !more.isEmpty else { return all }
            all += more
        }
    }

    private static func read(_ descriptor: Int32) -> [UInt8] {
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
            if count < 0 && errno == EINTR { continue }
            return bytes
        }
    }
}

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A file that is read from its beginning to its end.
final class FileBytes {
    private let file: Int32
    private let path: String
    private var buffer: [UInt8] = []
    private var offset = 0
    /// How many lines were read.
    private(set) var lines = 0

    /// The longest line: a message with the largest payload that MQTT has, in Base64.
    private static let longestLine = 512 << 20

    init(_ path: String) throws(StoreError) {
        self.path = path
        file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Self.failure(path) }
    }

    deinit { close(file) }

    /// So many bytes, or what is left.
    func read(upTo count: Int) throws(StoreError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let part = try next(min(count - bytes.count, 1 << 20))
            if part.isEmpty { break }
            bytes += part
        }
        return bytes
    }

    /// The next line, without its end; nil: there is none.
    func line() throws(StoreError) -> [UInt8]? {
        var searched = offset
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { offset = end + 1 }
                lines += 1
                return Array(buffer[offset..<end])
            }
            buffer.removeSubrange(..<offset)
            offset = 0
            searched = buffer.count
            guard buffer.count < Self.longestLine else { throw .refused("\(path) has a line without an end") }
            let part = try next(1 << 18)
            if part.isEmpty {
                guard !buffer.isEmpty else { return nil }
                lines += 1
                defer { buffer = [] }
                return buffer
            }
            buffer += part
        }
    }

    private func next(_ count: Int) throws(StoreError) -> [UInt8] {
        let file = file
        let part = unsafe [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
            initialized = unsafe max(0, Self.fill(target, from: file))
        }
        guard !part.isEmpty || errno == 0 else { throw Self.failure(path) }
        return part
    }

    /// Leaves 0 in errno when it is the end of the file.
    private static func fill(_ target: UnsafeMutableBufferPointer<UInt8>, from file: Int32) -> Int {
        while true {
            errno = 0
            #if canImport(Darwin)
                let count = unsafe Darwin.read(file, target.baseAddress, target.count)
            #elseif canImport(Musl)
                let count = unsafe Musl.read(file, target.baseAddress, target.count)
            #else
                let count = unsafe Glibc.read(file, target.baseAddress, target.count)
            #endif
            if count >= 0 || errno != EINTR { return count }
        }
    }

    private static func failure(_ path: String) -> StoreError {
        .refused("\(path) cannot be read: \(unsafe String(cString: strerror(errno)))")
    }
}

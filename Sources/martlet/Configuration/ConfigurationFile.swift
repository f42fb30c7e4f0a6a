#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The bytes of a configuration file.
enum ConfigurationFile {
    /// More is no configuration, but somebody's disk image.
    static let maximumSize = 4 << 20

    static func read(_ path: String) throws(ConfigurationProblem) -> String {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw problem(path, errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe part.withUnsafeMutableBytes { buffer in
                unsafe Self.read(file, into: buffer)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw problem(path, errno)
            }
            if count == 0 { break }
            bytes += part[..<count]
            guard bytes.count <= maximumSize else {
                throw ConfigurationProblem(
                    path: path, message: "is longer than \(maximumSize >> 20) MiB: no configuration")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationProblem(path: path, message: "is not UTF-8")
        }
        return text
    }

    private static func problem(_ path: String, _ number: Int32) -> ConfigurationProblem {
        let why = unsafe String(cString: strerror(number))
        return ConfigurationProblem(path: path, message: "cannot be read: \(why)")
    }

    private static func read(_ file: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
            unsafe Glibc.read(file, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
            unsafe Musl.read(file, buffer.baseAddress, buffer.count)
        #else
            unsafe Darwin.read(file, buffer.baseAddress, buffer.count)
        #endif
    }
}

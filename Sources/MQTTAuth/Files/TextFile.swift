#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Small files that are read and replaced as a whole.
package enum TextFile {
    /// More is no file of users or rules.
    static let maximumSize = 64 << 20

    /// - Throws: ``FileProblem`` if it cannot be read or is not UTF-8.
    package static func read(_ path: String) throws(FileProblem) -> String {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw problem(path, "cannot be read", errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe part.withUnsafeMutableBytes { buffer in
                unsafe readBytes(file, buffer.baseAddress, buffer.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw problem(path, "cannot be read", errno)
            }
            if count == 0 { break }
            bytes += part[..<count]
            guard bytes.count <= maximumSize else {
                throw FileProblem(path: path, message: "is longer than \(maximumSize >> 20) MiB")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw FileProblem(path: path, message: "is not UTF-8")
        }
        return text
    }

    /// The lines of a text. Not by characters: a carriage return and a line feed are one of those.
    static func lines(of text: String) -> [Substring] {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Substring($0) }
    }

    /// Whether others than the owner may read it; false if that cannot be told.
    package static func isReadableByOthers(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & 0o007 != 0
    }

    /// Whether something is there, whatever it is.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    /// Replaces a file so that, whatever happens, the old or the new text is there, whole. A new file may be
    /// read by its owner only; one that is replaced keeps its owner and permissions.
    package static func replace(_ path: String, with text: String) throws(FileProblem) {
        // Through a link, so that the link stays one.
        let target = unsafe realpath(path, nil)
        defer { unsafe free(target) }
        let path = unsafe target.map { unsafe String(cString: $0) } ?? path
        var old = stat()
        let isOld = unsafe stat(path, &old) == 0
        var template = Array((path + ".XXXXXX").utf8CString)
        let file = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.map { unsafe mkstemp($0) } ?? -1
        }
        guard file >= 0 else { throw problem(path, "cannot be written", errno) }
        let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var failure: Int32 = 0
        if isOld {
            // Only root may give a file to somebody else; the mode comes after, since that takes bits away.
            if fchown(file, old.st_uid, old.st_gid) != 0, old.st_uid == geteuid() {
                _ = fchown(file, old.st_uid, getegid())
            }
            if fchmod(file, old.st_mode & 0o777) != 0 { failure = errno }
        }
        if failure == 0 { failure = write(Array(text.utf8), to: file) }
        if failure == 0, fsync(file) != 0 { failure = errno }
        close(file)
        if failure == 0, unsafe rename(temporary, path) != 0 { failure = errno }
        guard failure == 0 else {
            unsafe unlink(temporary)
            throw problem(path, "cannot be written", failure)
        }
        synchronizeDirectory(of: path)
    }

    /// Makes a file that was not there.
    package static func create(_ path: String, _ text: String, mode: mode_t = 0o600) throws(FileProblem) {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw problem(path, "cannot be made", errno) }
        var failure = write(Array(text.utf8), to: file)
        if failure == 0, fsync(file) != 0 { failure = errno }
        close(file)
        guard failure == 0 else {
            unsafe unlink(path)
            throw problem(path, "cannot be written", failure)
        }
    }

    private static func write(_ bytes: [UInt8], to file: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe writeBytes(file, buffer.baseAddress, buffer.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            rest = rest.dropFirst(count)
        }
        return 0
    }

    /// So that the new name survives a loss of power.
    private static func synchronizeDirectory(of path: String) {
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let file = unsafe open(directory.isEmpty ? "/" : directory, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        fsync(file)
        close(file)
    }

    private static func problem(_ path: String, _ what: String, _ number: Int32) -> FileProblem {
        FileProblem(path: path, message: "\(what): \(unsafe String(cString: strerror(number)))")
    }
}

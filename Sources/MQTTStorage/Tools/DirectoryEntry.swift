import GRDBSQLite

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A name in a directory: what a crash of the machine may forget until the directory is synced.
struct DirectoryEntry {
    let path: String

    init(_ path: String) { self.path = path }

    var exists: Bool { unsafe access(path, F_OK) == 0 }

    /// In bytes; 0 if there is no such file.
    var size: Int64 {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Makes an empty file for its owner alone.
    ///
    /// - Throws: also if there is one.
    func create() throws(StoreError) {
        let file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure() }
        _ = close(file)
    }

    /// What is in a directory; nothing if it cannot be read.
    var names: [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            names.append(
                unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }

    /// Gives the file another name, durably; a file of that name is replaced.
    func rename(to target: String) throws(StoreError) {
        guard Self.move(path, target) == 0 else { throw failure() }
        try sync()
    }

    /// Removes the file, if it is there.
    func remove() { unsafe unlink(path) }

    /// Waits until the directory is on the disk.
    func sync() throws(StoreError) {
        var directory = "."
        if let slash = path.lastIndex(of: "/") {
            directory = slash == path.startIndex ? "/" : String(path[..<slash])
        }
        let file = unsafe open(directory, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure() }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure() }
    }

    private func failure() -> StoreError {
        StoreError(code: SQLITE_CANTOPEN, message: unsafe "\(path): \(String(cString: strerror(errno)))")
    }

    private static func move(_ from: String, _ to: String) -> Int32 {
        #if canImport(Darwin)
            unsafe Darwin.rename(from, to)
        #elseif canImport(Musl)
            unsafe Musl.rename(from, to)
        #else
            unsafe Glibc.rename(from, to)
        #endif
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where the broker keeps what outlives it. Only its owner may look in, and only one broker at a time uses
/// it: two would overwrite each other's sessions.
struct DataDirectory: ~Copyable {
    static let lockFile = "martlet.lock"

    let path: String
    private let lock: Int32

    /// Creates the directory if need be, and locks it until the value goes away or the process ends.
    init(_ path: String) throws(DataDirectoryProblem) {
        try Self.create(path)
        lock = try Self.lock(path)
        self.path = path
    }

    deinit { close(lock) }

    /// Lets go of the lock, at a time that is seen in the source.
    consuming func unlock() {}

    private static func lock(_ path: String) throws(DataDirectoryProblem) -> Int32 {
        let file = unsafe open(path + "/" + lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DataDirectoryProblem(path: path, reason: .unusable(errno)) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(file)
            throw DataDirectoryProblem(path: path, reason: number == EWOULDBLOCK ? .inUse : .unusable(number))
        }
        return file
    }

    private static func create(_ path: String) throws(DataDirectoryProblem) {
        makeDirectory(path)
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw DataDirectoryProblem(path: path, reason: .unusable(errno))
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw DataDirectoryProblem(path: path, reason: .unusable(ENOTDIR))
        }
        guard status.st_mode & 0o022 == 0 else {
            throw DataDirectoryProblem(path: path, reason: .writableByOthers)
        }
    }

    /// With those above it. Whether it worked is seen by looking at what is there then.
    private static func makeDirectory(_ path: String) {
        if make(path) || errno != ENOENT { return }
        guard let parent = parent(of: path) else { return }
        makeDirectory(parent)
        _ = make(path)
    }

    /// Makes a directory whose name outlives a crash of the machine: what is synced in it later is of no use
    /// without.
    private static func make(_ path: String) -> Bool {
        guard unsafe mkdir(path, 0o700) == 0 else { return false }
        let above = unsafe open(parent(of: path) ?? ".", O_RDONLY | O_CLOEXEC)
        guard above >= 0 else { return true }
        fsync(above)
        close(above)
        return true
    }

    /// nil: it is relative, and has none but the current one, or it is the root.
    private static func parent(of path: String) -> String? {
        let name = path.last == "/" ? path.dropLast() : path[...]
        guard let slash = name.lastIndex(of: "/") else { return nil }
        return slash == name.startIndex ? "/" : String(name[..<slash])
    }

    /// `/var/lib/martlet` as root, else below the user's own directory for state.
    static func defaultPath(
        environment: [String: String], isRoot: Bool = geteuid() == 0
    ) throws(DataDirectoryProblem) -> String {
        if isRoot { return "/var/lib/martlet" }
        // The XDG specification has relative paths ignored.
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/martlet" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.local/state/martlet" }
        throw DataDirectoryProblem(path: "", reason: .unknown)
    }
}

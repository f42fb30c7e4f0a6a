import GRDBSQLite

/// What went wrong with the store, and what to do about it.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// SQLite's result code.
    public let code: Int32
    public let message: String
    /// What the operator can do, where that depends on what was under way.
    private var advice: String?

    init(_ handle: OpaquePointer?, _ code: Int32) {
        self.code = code
        message = unsafe handle.map { unsafe String(cString: sqlite3_errmsg($0)) } ?? "no memory"
    }

    init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    static func damaged(_ text: String) -> StoreError { StoreError(code: SQLITE_CORRUPT, message: text) }

    /// The same damage, as the reason why a broker that was told to leave the file where it is does not start.
    func leaving(_ path: String) -> StoreError {
        var error = self
        error.advice = """
            \(path) was left as it is, and the broker does not start, as damaged_store is `refuse`. Put a backup in \
            its place, or set damaged_store to `set-aside` to begin with an empty store: docs/store.md says how, and \
            how to get out of the file what can be read
            """
        return error
    }

    /// What was given to a tool is not what it takes.
    static func refused(_ text: String) -> StoreError { StoreError(code: SQLITE_MISMATCH, message: text) }

    /// Whether there was no room.
    public var isFull: Bool { code & 0xFF == SQLITE_FULL }

    /// Whether the file itself is damaged.
    public var isCorruption: Bool { code & 0xFF == SQLITE_CORRUPT || code & 0xFF == SQLITE_NOTADB }

    /// Whether a tool was given what it does not take.
    public var isRefusal: Bool { code == SQLITE_MISMATCH }

    /// Whether the file cannot be made, opened or written at all.
    public var isInaccessible: Bool { [SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY].contains(code & 0xFF) }

    public var description: String {
        switch code & 0xFF {
        case SQLITE_FULL: "the disk is full: make room on it; the broker goes on by itself (\(message))"
        case SQLITE_IOERR: "the disk does not work: look at the system's log (\(message))"
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            "the file is damaged (\(message))" + (advice.map { ": " + $0 } ?? "")
        case SQLITE_CANTOPEN:
            "the file cannot be opened: look at the rights of the data directory (\(message))"
        default: message
        }
    }
}

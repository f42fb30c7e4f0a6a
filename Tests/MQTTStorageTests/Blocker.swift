import GRDBSQLite
import Synchronization

@testable import MQTTStorage

/// Another connection to the file, with a transaction that is open until it is released.
@safe final class Blocker: Sendable {
    private let handle: Mutex<UInt>

    init(_ path: String, _ sql: String = "DELETE FROM received") throws {
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE, nil)
        guard code == SQLITE_OK else { throw unsafe StoreError(opened, code) }
        handle = Mutex(UInt(bitPattern: opened))
        for statement in ["BEGIN IMMEDIATE", sql] {
            let code = unsafe sqlite3_exec(opened, statement, nil, nil, nil)
            guard code == SQLITE_OK else { throw unsafe StoreError(opened, code) }
        }
    }

    /// Commits and closes.
    func release() {
        handle.withLock { bits in
            guard let open = unsafe OpaquePointer(bitPattern: bits) else { return }
            unsafe sqlite3_exec(open, "COMMIT", nil, nil, nil)
            unsafe sqlite3_close_v2(open)
            bits = 0
        }
    }
}

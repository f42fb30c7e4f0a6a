import GRDBSQLite

/// A SQLite file that is read and never changed.
@safe final class ReadOnlyDatabase {
    let handle: OpaquePointer

    /// - Throws: ``StoreError`` if there is no such file, or none that can be read.
    init(_ path: String) throws(StoreError) {
        guard DirectoryEntry(path).exists else { throw .refused("there is no file \(path)") }
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let opened = unsafe opened else {
            let error = unsafe StoreError(opened, code)
            unsafe sqlite3_close_v2(opened)
            throw error
        }
        unsafe handle = opened
        for pragma in ["query_only = ON", "temp_store = MEMORY", "busy_timeout = 5000"] {
            try statement("PRAGMA \(pragma)").run()
        }
    }

    deinit { unsafe sqlite3_close_v2(handle) }

    private func statement(_ sql: String) throws(StoreError) -> PreparedStatement {
        try unsafe PreparedStatement(sql, on: handle)
    }

    /// Calls `row` for every row of a query.
    func each(_ sql: String, _ row: (borrowing PreparedStatement.Row) throws -> Void) throws {
        try statement(sql).forEach(row)
    }

    /// The value of a query that has one.
    func number(_ sql: String) throws -> Int64 {
        var number: Int64 = 0
        try each(sql) { number = $0.int(0) }
        return number
    }

    /// How many rows there are in a table; a condition may follow its name.
    func count(_ table: String) throws -> Int64 { try number("SELECT count(*) FROM \(table)") }

    func hasTables(_ names: String...) throws -> Bool {
        let list = names.map { "'\($0)'" }.joined(separator: ", ")
        return try count("sqlite_master WHERE type = 'table' AND name IN (\(list))") == names.count
    }

    /// Runs several queries on one state of the file.
    func snapshot<Value>(_ body: () throws -> Value) throws -> Value {
        try statement("BEGIN").run()
        defer { try? statement("COMMIT").run() }
        return try body()
    }
}

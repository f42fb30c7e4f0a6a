import GRDBSQLite
import MQTTCodec

/// A statement on the raw handle, prepared once and run many times: the hot path of the store.
@safe final class PreparedStatement {
    private let statement: OpaquePointer
    private var index: Int32 = 0

    init(_ sql: String, on handle: OpaquePointer) throws(StoreError) {
        var prepared: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(
            handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared = unsafe prepared else {
            throw unsafe StoreError(handle, code)
        }
        unsafe statement = prepared
    }

    deinit { unsafe sqlite3_finalize(statement) }

    @discardableResult
    func bind(_ value: Int64?) -> Self {
        index += 1
        if let value {
            unsafe sqlite3_bind_int64(statement, index, value)
        } else {
            unsafe sqlite3_bind_null(statement, index)
        }
        return self
    }

    @discardableResult
    func bind(_ bytes: [UInt8]?) -> Self {
        index += 1
        guard let bytes else {
            unsafe sqlite3_bind_null(statement, index)
            return self
        }
        // The bytes are copied: the array is not ours when the statement runs.
        let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        _ = unsafe bytes.withUnsafeBytes { raw in
            unsafe sqlite3_bind_blob64(
                statement, index, raw.baseAddress ?? UnsafeRawPointer(bitPattern: 1), UInt64(raw.count),
                transient)
        }
        return self
    }

    /// Runs a change.
    func run() throws(StoreError) {
        index = 0
        let code = unsafe sqlite3_step(statement)
        let failure =
            code == SQLITE_DONE || code == SQLITE_ROW
            ? nil : unsafe StoreError(sqlite3_db_handle(statement), code)
        unsafe sqlite3_reset(statement)
        if let failure { throw failure }
    }

    /// Calls `row` for every row.
    func forEach(_ row: (borrowing Row) throws -> Void) throws {
        index = 0
        defer { unsafe sqlite3_reset(statement) }
        while true {
            let code = unsafe sqlite3_step(statement)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw unsafe StoreError(sqlite3_db_handle(statement), code) }
            try row(unsafe Row(statement: statement))
        }
    }

    /// Calls `row` for every row, as long as it returns true. Returns whether that were all.
    func forEachWhile(_ row: (borrowing Row) throws -> Bool) throws -> Bool {
        index = 0
        defer { unsafe sqlite3_reset(statement) }
        while true {
            let code = unsafe sqlite3_step(statement)
            if code == SQLITE_DONE { return true }
            guard code == SQLITE_ROW else { throw unsafe StoreError(sqlite3_db_handle(statement), code) }
            guard try row(unsafe Row(statement: statement)) else { return false }
        }
    }

    /// A number that the statement's only row has.
    func number() throws -> Int64 {
        var number: Int64 = 0
        try forEach { number = $0.int(0) }
        return number
    }

    /// The columns of the row at hand.
    @safe struct Row: ~Copyable {
        fileprivate let statement: OpaquePointer

        fileprivate init(statement: OpaquePointer) { unsafe self.statement = statement }

        func int(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(statement, column) }

        func optionalInt(_ column: Int32) -> Int64? {
            unsafe sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : int(column)
        }

        func bytes(_ column: Int32) -> [UInt8] {
            let count = unsafe Int(sqlite3_column_bytes(statement, column))
            guard count > 0, let start = unsafe sqlite3_column_blob(statement, column) else { return [] }
            return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
        }

        func optionalBytes(_ column: Int32) -> [UInt8]? {
            unsafe sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : bytes(column)
        }
    }
}

import GRDB
import GRDBSQLite
import MQTTEngine

/// Opens a store's file, and decides what becomes of one that is damaged.
struct StoreOpening: Sendable {
    let path: String
    let durability: Durability
    let policy: DamagePolicy
    /// Told when a file was set aside, in words for the log.
    let report: @Sendable (String) -> Void

    /// Longer the check of a file's pages does not take; rows are checked when they are read.
    private static let checkSeconds = 5

    /// - Throws: ``StoreError``, or GRDB's errors.
    func open() throws -> StoreConnection {
        try unlessDamaged {
            let connection = try StoreConnection(path, durability)
            try connection.quickCheck(seconds: Self.checkSeconds)
            return connection
        } otherwise: {
            try StoreConnection(path, durability)
        }
    }

    /// Runs `body`; if it finds damage that is to be set aside, does so and runs `otherwise`.
    func unlessDamaged<Value>(_ body: () throws -> Value, otherwise: () throws -> Value) throws -> Value {
        let damage: StoreError
        do {
            return try body()
        } catch let error as StoreError where error.isCorruption {
            damage = error
        } catch let error as DatabaseError where Self.isCorruption(error) {
            damage = .damaged(error.message ?? "\(error)")
        }
        guard policy == .setAside else { throw damage.leaving(path) }
        let place = try SetAside.move(path, as: "damaged")
        report(
            """
            the store is damaged (\(damage.message)): it was set aside as \(place), and the broker begins with an \
            empty one. Sessions, queued and retained messages that are in it are not served. docs/store.md says \
            how to get out of it what can be read
            """)
        return try otherwise()
    }

    private static func isCorruption(_ error: DatabaseError) -> Bool {
        [ResultCode.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
    }
}

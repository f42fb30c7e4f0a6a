/// A store's file as tools see it: read, checked, copied, but not changed.
///
/// While a broker writes the file it may be opened inside that broker's process only. It reads what was
/// committed when a method began, holds nobody up, and never moves the log into the file.
public final class StoreFile {
    /// The name of the file in a data directory.
    public static let name = "martlet.sqlite3"

    let path: String
    let database: ReadOnlyDatabase

    /// - Parameter directory: a data directory.
    /// - Throws: ``StoreError`` if there is no store, or if it cannot be read.
    public convenience init(directory: String) throws {
        try self.init(path: directory + "/" + Self.name)
    }

    public static func exists(in directory: String) -> Bool { DirectoryEntry(directory + "/" + name).exists }

    /// The file with its log, in bytes; 0 if there is none.
    public static func size(in directory: String) -> Int64 { StoreCompaction.size(directory + "/" + name) }

    /// - Throws: ``StoreError`` if there is no store, or if it cannot be read.
    public init(path: String) throws {
        self.path = path
        database = try ReadOnlyDatabase(path)
        guard try database.hasTables("session", "delivery", "message") else {
            throw StoreError.refused("\(path) is no store of Martlet")
        }
    }
}

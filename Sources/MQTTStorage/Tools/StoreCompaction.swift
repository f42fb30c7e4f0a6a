import GRDBSQLite
import MQTTEngine

/// Gives back the space that deleted rows have left.
public enum StoreCompaction {
    /// Writes the file of a directory anew, without gaps. No broker may use it meanwhile; the disk needs room
    /// for the file once more.
    ///
    /// - Returns: the size before and after, with the log, in bytes.
    /// - Throws: ``StoreError`` if there is no store, or no room.
    public static func run(directory: String) throws -> (before: Int64, after: Int64) {
        let path = directory + "/" + StoreFile.name
        let before = size(path)
        // Only what is a store is changed.
        _ = try StoreFile(path: path)
        try StoreConnection(path, .synced).compact()
        return (before, size(path))
    }

    static func size(_ path: String) -> Int64 {
        DirectoryEntry(path).size + DirectoryEntry(path + "-wal").size
    }
}

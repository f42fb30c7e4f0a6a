/// Copies of a store in its own directory, made for a tool, which removes them.
public enum StoreSnapshot {
    private static let mark = ".snapshot-"

    /// A name for the next one.
    public static func path(in directory: String) -> String {
        "\(directory)/\(StoreFile.name)\(mark)\(UInt64.random(in: 1...UInt64.max))"
    }

    /// Removes one, with the files that reading it made.
    public static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { DirectoryEntry(path + suffix).remove() }
    }

    /// Removes those that a tool has left because it was killed.
    public static func removeAll(in directory: String) {
        for name in DirectoryEntry(directory).names where name.hasPrefix(StoreFile.name + mark) {
            DirectoryEntry(directory + "/" + name).remove()
        }
    }
}

/// Moves a store's files out of the way, where they stay until somebody removes them.
enum SetAside {
    /// Renames the file, and its log with it, to the first free name of `FILE.why`, `FILE.why-2`, ...
    ///
    /// - Returns: the new name.
    static func move(_ path: String, as why: String) throws(StoreError) -> String {
        var target = "\(path).\(why)"
        var number = 1
        while DirectoryEntry(target).exists || DirectoryEntry(target + "-wal").exists {
            number += 1
            target = "\(path).\(why)-\(number)"
        }
        // The log first: a file without its log is an older state of itself, not a wrong one, but a log beside
        // a new file would be.
        for suffix in ["-wal", ""] where DirectoryEntry(path + suffix).exists {
            try DirectoryEntry(path + suffix).rename(to: target + suffix)
        }
        DirectoryEntry(path + "-shm").remove()
        return target
    }
}

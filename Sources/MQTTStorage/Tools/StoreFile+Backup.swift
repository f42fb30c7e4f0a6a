import GRDBSQLite

extension StoreFile {
    /// Copies the store as it is now into a file of its own, which only its owner may read; what is written
    /// meanwhile is not in it. The copy is on the disk when this returns. An import takes it back.
    ///
    /// - Throws: ``StoreError``; also if there is such a file already. Half a copy is removed.
    public func backup(to target: String) throws {
        let entry = DirectoryEntry(target)
        try entry.create()
        do {
            try copy(to: target)
            // What was in the journal alone belongs into the tables of a file that stands for itself.
            try StoreFile.settle(path: target)
            try entry.sync()
        } catch {
            entry.remove()
            throw error
        }
    }

    /// Copies every page into a file, which must be empty.
    func copy(to target: String) throws {
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(target, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        defer { unsafe sqlite3_close_v2(opened) }
        guard code == SQLITE_OK else { throw unsafe StoreError(opened, code) }
        // With the state held fast, nothing that is written meanwhile makes the copy begin again.
        try database.snapshot {
            _ = try database.count("sqlite_master")
            guard let backup = unsafe sqlite3_backup_init(opened, "main", database.handle, "main") else {
                throw unsafe StoreError(opened, sqlite3_errcode(opened))
            }
            let step = unsafe sqlite3_backup_step(backup, -1)
            let finish = unsafe sqlite3_backup_finish(backup)
            guard step == SQLITE_DONE, finish == SQLITE_OK else { throw unsafe StoreError(opened, finish) }
        }
    }
}

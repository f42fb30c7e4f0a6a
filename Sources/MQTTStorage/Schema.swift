import GRDB

/// The tables, and how a file of an older version becomes one of this.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(sql: version1)
        }
        migrator.registerMigration("2") { database in
            try database.execute(sql: version2)
        }
        migrator.registerMigration("3") { database in
            try database.execute(sql: version3)
        }
        return migrator
    }

    /// The versions that there have been, oldest first.
    static var versions: [String] { migrator.migrations }

    /// Makes the tables, or brings those of an older version up to date.
    ///
    /// - Throws: ``StoreError`` if a newer version has made them; GRDB's errors.
    static func bringUpToDate(_ path: String) throws {
        // Only for a file without tables, and a damaged one is not to be changed: pages that are free can be given back.
        var configuration = Configuration()
        if DirectoryEntry(path).size == 0 {
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
        }
        let database = try DatabaseQueue(path: path, configuration: configuration)
        guard try !database.read(migrator.hasBeenSuperseded) else {
            throw StoreError.refused(
                "\(path) was made by a newer version of Martlet, which is needed to read it")
        }
        try migrator.migrate(database)
        try database.close()
    }

    /// What is stored, and not in the tables yet.
    private static let version3 = """
        CREATE TABLE journal (number INTEGER PRIMARY KEY, marker INTEGER NOT NULL, operations BLOB NOT NULL);
        """

    /// Queues that are on the disk alone: flag 64 of a delivery.
    private static let version2 = """
        ALTER TABLE delivery ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX awaited ON delivery (message) WHERE flags >= 64;
        """

    private static let version1 = """
        CREATE TABLE session (
            id INTEGER PRIMARY KEY, client BLOB NOT NULL, user BLOB, version INTEGER NOT NULL,
            expiry INTEGER NOT NULL, expires_at INTEGER, will BLOB, will_due_at INTEGER
        );
        CREATE TABLE subscription (
            session INTEGER NOT NULL, filter BLOB NOT NULL, options INTEGER NOT NULL,
            identifier INTEGER NOT NULL, replaying INTEGER NOT NULL, PRIMARY KEY (session, filter)
        ) WITHOUT ROWID;
        CREATE TABLE share_group (id INTEGER PRIMARY KEY, filter BLOB NOT NULL);
        CREATE TABLE message (
            id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, topic_count INTEGER NOT NULL,
            properties_count INTEGER NOT NULL, qos INTEGER NOT NULL, retain INTEGER NOT NULL, expires_at INTEGER
        );
        CREATE TABLE delivery (
            owner INTEGER NOT NULL, place INTEGER NOT NULL, message INTEGER NOT NULL, flags INTEGER NOT NULL,
            packet INTEGER NOT NULL, share_group INTEGER NOT NULL, identifiers BLOB, PRIMARY KEY (owner, place)
        ) WITHOUT ROWID;
        CREATE TABLE received (
            session INTEGER NOT NULL, packet INTEGER NOT NULL, PRIMARY KEY (session, packet)
        ) WITHOUT ROWID;
        CREATE TABLE retained (topic BLOB PRIMARY KEY, message INTEGER NOT NULL) WITHOUT ROWID;
        """
}

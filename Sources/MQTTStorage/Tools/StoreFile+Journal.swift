import MQTTEngine

extension StoreFile {
    /// Moves what a broker has left in the journal into the tables, for tools that read them. No broker may use
    /// the file.
    ///
    /// - Throws: ``StoreError``; also if there is no store.
    public static func settle(path: String) throws {
        guard try StoreFile(path: path).hasJournal else { return }
        try StoreConnection(path, .synced).settle()
    }

    /// Whether there is something that is not in the tables yet.
    var hasJournal: Bool {
        get throws { try database.hasTables("journal") && database.count("journal") > 0 }
    }

    /// The operations in the journal, to see that they make sense.
    func checkJournal() throws {
        guard try database.hasTables("journal") else { return }
        try database.each("SELECT operations FROM journal ORDER BY number") { row in
            var decoder = OperationDecoder(row.bytes(0))
            while try decoder.next() != nil {}
        }
    }
}

import MQTTEngine

/// Makes a store of an export, a backup, or what Mosquitto has stored.
public enum StoreImport {
    /// Reads a file, whatever it is, into the store of a directory that no broker uses. All of it or nothing:
    /// the store is made under another name and takes its place at the end.
    ///
    /// - Parameter replace: whether a store that holds something is set aside; else it is an error.
    /// - Throws: ``StoreError``, which names the line or the record that is wrong.
    public static func run(from file: String, into directory: String, replace: Bool) throws -> ImportReport {
        let target = directory + "/" + StoreFile.name
        let isFilled = try !replace && DirectoryEntry(target).exists && !isEmpty(target)
        guard !isFilled else {
            throw StoreError.refused("there is a store with something in it at \(target)")
        }
        let source = try recognise(file)
        let new = target + ".importing"
        for suffix in ["", "-wal", "-shm"] { DirectoryEntry(new + suffix).remove() }
        var report: ImportReport
        do {
            report = try build(new, source, file)
        } catch {
            for suffix in ["", "-wal", "-shm"] { DirectoryEntry(new + suffix).remove() }
            throw error
        }
        report.source = source
        if DirectoryEntry(target).exists { report.setAside = try SetAside.move(target, as: "replaced") }
        try DirectoryEntry(new).rename(to: target)
        return report
    }

    private static func build(_ new: String, _ source: ImportSource, _ file: String) throws -> ImportReport {
        guard source != .backup else { return try restore(new, file) }
        let builder = try StoreBuilder(path: new)
        switch source {
        case .export: try ExportReader(file).read(into: builder)
        case .mosquitto: try MosquittoFile(file).read().build(builder)
        case .mosquittoSQLite: try MosquittoDatabase(file).read().build(builder)
        case .backup: break
        }
        try builder.flush()
        return builder.report
    }

    private static func restore(_ new: String, _ file: String) throws -> ImportReport {
        try DirectoryEntry(new).create()
        try StoreFile(path: file).copy(to: new)
        // Brings the tables up to date.
        try StoreConnection(new, .synced).settle()
        let restored = try StoreFile(path: new)
        if let finding = try restored.check(maximum: 1).first {
            throw StoreError.damaged("\(file): \(finding)")
        }
        let statistics = try restored.statistics()
        var report = ImportReport()
        report.sessions = Int(statistics.sessions)
        report.subscriptions = Int(statistics.subscriptions)
        report.sharedSubscriptions = Int(statistics.sharedSubscriptions)
        report.messages = Int(statistics.messages)
        report.retained = Int(statistics.retainedMessages)
        report.deliveries = Int(statistics.queued + statistics.inFlight)
        report.received = Int(statistics.received)
        report.wills = Int(statistics.wills)
        return report
    }

    private static func isEmpty(_ path: String) throws -> Bool {
        let file = try StoreFile(path: path)
        var tables = ["session", "message", "retained", "delivery"]
        if try file.database.hasTables("journal") { tables.append("journal") }
        return try tables.allSatisfy { try file.database.count($0) == 0 }
    }

    private static func recognise(_ file: String) throws -> ImportSource {
        let start = try FileBytes(file).read(upTo: 64)
        if start.starts(with: MosquittoFile.magic) { return .mosquitto }
        if start.starts(with: Array("SQLite format 3\0".utf8)) {
            return try MosquittoDatabase.isOne(file) ? .mosquittoSQLite : .backup
        }
        guard start.first == UInt8(ascii: "{") else {
            throw StoreError.refused(
                "\(file) is neither an export nor a backup, nor a file of Mosquitto's persistence")
        }
        return .export
    }
}

import MQTTManagement
import MQTTStorage
import NIOPosix

/// Does for tools what only the broker may do with its store.
struct StoreControl: Sendable {
    /// nil: everything is in memory.
    let store: SQLiteStore?
    let directory: String

    func answer(_ request: ControlRequest) async -> ControlAnswer {
        guard let store else {
            return ControlAnswer(error: "the broker keeps everything in memory: there is no store")
        }
        do {
            switch request {
            case .statistics:
                try await store.settle()
                return ControlAnswer(statistics: try await read { try $0.statistics() })
            case .snapshot:
                let path = StoreSnapshot.path(in: directory)
                try await read { try $0.backup(to: path) }
                return ControlAnswer(snapshot: path)
            case .compact:
                let sizes = try await store.compact()
                return ControlAnswer(compacted: .init(before: sizes.before, after: sizes.after))
            }
        } catch {
            return ControlAnswer(error: "\(error)")
        }
    }

    /// A copy for the administration API; nil: everything is in memory.
    var backup: (@Sendable () async throws -> BackupFile)? {
        guard store != nil else { return nil }
        return {
            let path = StoreSnapshot.path(in: directory)
            try await read { try $0.backup(to: path) }
            return BackupFile(path: path) { StoreSnapshot.remove(path) }
        }
    }

    /// Reads the file beside the store's own thread, which goes on writing.
    private func read<Value: Sendable>(_ body: @escaping @Sendable (StoreFile) throws -> Value) async throws
        -> Value
    {
        try await NIOThreadPool.singleton.runIfActive { [directory] in
            try body(try StoreFile(directory: directory))
        }
    }
}

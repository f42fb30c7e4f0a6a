/// A copy of the store for whoever asks for it; removed with the last reference to it.
public final class BackupFile: Sendable {
    let path: String
    private let remove: @Sendable () -> Void

    public init(path: String, remove: @escaping @Sendable () -> Void) {
        self.path = path
        self.remove = remove
    }

    deinit { remove() }
}

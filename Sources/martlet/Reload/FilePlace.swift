#if canImport(Glibc)
    import Glibc
    import MQTTAuth

    /// A name in a directory: a file, or a symbolic link on the way to it. Whoever replaces either, replaces the file.
    struct FilePlace: Hashable, Sendable {
        var directory: String
        /// Empty: it is about the directory alone, which may get another name or go.
        var name: String

        /// The file itself, and every link and directory on the way to it.
        static func all(of path: String) -> [FilePlace] {
            var places: [FilePlace] = []
            var directory = path.hasPrefix("/") ? "/" : "."
            var parts = path.split(separator: "/").map(String.init)
            var links = 0
            while let part = parts.first {
                parts.removeFirst()
                let whole = directory == "/" ? "/" + part : directory + "/" + part
                if let target = linkTarget(whole), links < 40 {
                    links += 1
                    places.append(FilePlace(directory: directory, name: part))
                    if target.hasPrefix("/") { directory = "/" }
                    parts = target.split(separator: "/").map(String.init) + parts
                } else if parts.isEmpty {
                    places.append(FilePlace(directory: directory, name: part))
                } else {
                    directory = whole
                    places.append(FilePlace(directory: directory, name: ""))
                }
            }
            return places
        }

        private static func linkTarget(_ path: String) -> String? {
            var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = unsafe readlink(path, &bytes, bytes.count)
            guard count > 0 else { return nil }
            return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        private static let remote: Set<Substring> = [
            "nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "ceph", "glusterfs", "afs",
        ]

        /// Whether others may change it without this kernel knowing.
        var isRemote: Bool {
            guard let mounts = try? TextFile.read("/proc/self/mounts") else { return true }
            var best: (length: Int, kind: Substring) = (0, "")
            for line in mounts.split(separator: "\n") {
                let fields = line.split(separator: " ")
                guard fields.count > 2 else { continue }
                let point = fields[1] == "/" ? "" : fields[1]
                guard (directory + "/").hasPrefix(point + "/"), fields[1].count >= best.length else {
                    continue
                }
                best = (fields[1].count, fields[2])
            }
            return Self.remote.contains(best.kind) || best.kind.hasPrefix("fuse")
        }
    }
#endif

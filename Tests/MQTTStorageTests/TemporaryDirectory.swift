import Foundation

/// A directory of a test's own, gone with the value.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "martlet-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var file: String { path + "/martlet.sqlite3" }

    /// The files in it, with their access rights.
    var modes: [String: Int] {
        get throws {
            var modes: [String: Int] = [:]
            for name in try FileManager.default.contentsOfDirectory(atPath: path) {
                let attributes = try FileManager.default.attributesOfItem(atPath: path + "/" + name)
                modes[name] = attributes[.posixPermissions] as? Int
            }
            return modes
        }
    }
}

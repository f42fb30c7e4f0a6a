import Foundation

/// A new directory that goes away with the last that holds it. Its path is short: a Unix socket has to fit.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        path = "/tmp/martlet-\(UInt64.random(in: .min ... .max))"
        try? FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

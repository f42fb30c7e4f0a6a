import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif
#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The file of tokens: a line `NAME:ROLE:HASH` for each, and comments that begin with `#`. It is looked at
/// whenever a token is shown, and read again when it has changed.
public final class AdminTokenFile: Sendable {
    public let path: String
    private let state = Mutex<State>(State())

    private struct State {
        var changed: Date?
        var tokens: [AdminToken] = []
    }

    public init(path: String) { self.path = path }

    /// Why a file of tokens cannot be used.
    public struct Problem: Error, CustomStringConvertible {
        public var description: String
    }

    /// Who bears this token; nil: nobody that the file knows.
    public func bearer(of secret: String) -> AdminToken? {
        let hash = AdminToken.hash(of: secret)
        var found: AdminToken?
        // All of them, so that the time tells nothing about which.
        for token in current where token.matches(hash: hash) { found = token }
        return found
    }

    /// Whether there is any token.
    public var isEmpty: Bool { current.isEmpty }

    private var current: [AdminToken] {
        let changed =
            (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
        return state.withLock { state in
            guard let changed else {
                state = State()
                return []
            }
            if state.changed != changed, let tokens = try? Self.tokens(at: path) {
                state = State(changed: changed, tokens: tokens)
            }
            return state.tokens
        }
    }

    /// - Throws: ``Problem`` for the first line that is wrong.
    public static func tokens(at path: String) throws -> [AdminToken] {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw Problem(description: "\(path) cannot be read: \(error.localizedDescription)")
        }
        var tokens: [AdminToken] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            guard let token = AdminToken(line: line) else {
                throw Problem(description: "\(path):\(index + 1): not NAME:ROLE:HASH")
            }
            tokens.append(token)
        }
        return tokens
    }

    /// Writes the file anew, for its owner alone; whoever reads meanwhile sees the old one or the new one.
    public static func write(_ tokens: [AdminToken], to path: String) throws {
        let text =
            "# Tokens of the administration API: name, role, SHA-256. `martlet ctl token` writes this file.\n"
            + tokens.map { $0.line + "\n" }.joined()
        let temporary = path + ".new"
        try? FileManager.default.removeItem(atPath: temporary)
        guard
            FileManager.default.createFile(
                atPath: temporary, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw Problem(description: "\(temporary) cannot be written") }
        guard unsafe rename(temporary, path) == 0 else {
            throw Problem(description: "\(path) cannot be replaced")
        }
    }
}

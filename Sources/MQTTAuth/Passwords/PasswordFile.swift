import MQTTCodec
import MQTTScram

/// Users and their passwords, in the format of Mosquitto's password_file: `USER:HASH` on each line. Empty
/// lines, and those that begin with `#`, stay as they are.
///
/// Behind the hash, and another `:`, a user may have a verifier for SCRAM-SHA-256. Mosquitto does not look at what
/// stands there, and takes it away when it changes the password, as it has to be.
public struct PasswordFile: Sendable {
    private enum Line: Sendable {
        case user(MQTTString)
        case other(String)
    }

    private var lines: [Line] = []
    private var hashes: [MQTTString: PasswordHash] = [:]
    private var verifiers: [MQTTString: ScramVerifier] = [:]

    public init() {}

    /// Reads the text of a file.
    ///
    /// - Parameters:
    ///   - path: for messages.
    ///   - iterations: passwords in plain text are hashed with so many; nil: they are an error.
    /// - Throws: ``FileProblem`` for the first line that is wrong.
    public init(
        _ text: String, path: String, hashingPlainTextWith iterations: Int? = nil
    ) throws(FileProblem) {
        for (index, line) in TextFile.lines(of: text).enumerated() {
            let line = line.last == "\r" ? line.dropLast() : line
            if line.isEmpty || line.utf8.first == UInt8(ascii: "#") {
                lines.append(.other(String(line)))
                continue
            }
            do throws(LineProblem) {
                try add(line, iterations)
            } catch {
                throw FileProblem(path: path, line: index + 1, message: error.message)
            }
        }
        // What the last line feed seems to begin.
        if case .other("")? = lines.last { lines.removeLast() }
    }

    /// - Throws: ``FileProblem``.
    public init(contentsOf path: String) throws(FileProblem) {
        try self.init(try TextFile.read(path), path: path)
    }

    private struct LineProblem: Error {
        var message: String
    }

    private mutating func add(_ line: Substring, _ iterations: Int?) throws(LineProblem) {
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw LineProblem(message: "there is no ':' between user and password")
        }
        let name = MQTTString(line[..<colon])
        if let reason = Self.objection(to: name) { throw LineProblem(message: reason) }
        guard hashes[name] == nil else {
            throw LineProblem(message: "the user '\(name)' stands further up already")
        }
        var rest = line[line.index(after: colon)...]
        // A password in plain text may have a ':' in it.
        if rest.utf8.first == UInt8(ascii: "$"), let second = rest.utf8.firstIndex(of: UInt8(ascii: ":")) {
            guard let verifier = ScramVerifier(rest[rest.index(after: second)...]) else {
                throw LineProblem(message: "user '\(name)': the SCRAM verifier is damaged")
            }
            verifiers[name] = verifier
            rest = rest[..<second]
        }
        do {
            hashes[name] = try Self.hash(rest, iterations)
        } catch {
            throw LineProblem(message: "user '\(name)': \(error)")
        }
        lines.append(.user(name))
    }

    private static func hash(
        _ text: Substring, _ iterations: Int?
    ) throws(PasswordHashError) -> PasswordHash {
        do {
            return try PasswordHash(text)
        } catch {
            guard error == .notHashed, let iterations, !text.isEmpty else { throw error }
            return try PasswordHash(of: Array(text.utf8), iterations: iterations)
        }
    }

    /// Why this cannot be a user's name; nil: it can.
    public static func objection(to name: MQTTString) -> String? {
        if name.isEmpty { return "the user's name is empty" }
        if name.count > 65_535 { return "the user's name is longer than 65,535 bytes" }
        if name.bytes.contains(UInt8(ascii: ":")) { return "a user's name must not have a ':' in it" }
        if name.bytes.contains(where: { $0 < 32 || $0 == 127 }) {
            return "a user's name must not have control characters in it"
        }
        if name.bytes.first == UInt8(ascii: "#") { return "a user's name must not begin with '#'" }
        return nil
    }

    public var isEmpty: Bool { hashes.isEmpty }

    public var count: Int { hashes.count }

    /// In the order of the file.
    public var userNames: [MQTTString] {
        lines.compactMap { line in if case .user(let name) = line { name } else { nil } }
    }

    public func hash(of userName: MQTTString) -> PasswordHash? { hashes[userName] }

    public func scram(of userName: MQTTString) -> ScramVerifier? { verifiers[userName] }

    /// The iterations of some user's verifier; nil: nobody has one.
    var scramIterations: Int? { verifiers.first?.value.iterations }

    /// Adds a user, or changes the password of one. The name must have no ``objection(to:)``.
    ///
    /// - Parameter scram: the verifier of the same password; nil: the user cannot log in by SCRAM.
    public mutating func set(_ userName: MQTTString, _ hash: PasswordHash, scram: ScramVerifier? = nil) {
        verifiers[userName] = scram
        if hashes.updateValue(hash, forKey: userName) == nil { lines.append(.user(userName)) }
    }

    /// Returns whether there was such a user.
    @discardableResult
    public mutating func remove(_ userName: MQTTString) -> Bool {
        guard hashes.removeValue(forKey: userName) != nil else { return false }
        verifiers[userName] = nil
        lines.removeAll { line in if case .user(userName) = line { true } else { false } }
        return true
    }

    /// What is written to a file.
    public var text: String {
        lines.map { line in
            switch line {
            case .user(let name):
                "\(name):\(hashes[name]?.description ?? "")\(verifiers[name].map { ":\($0)" } ?? "")\n"
            case .other(let text): text + "\n"
            }
        }.joined()
    }

    /// Writes the file so that it is never half there; see ``FileProblem``.
    public func save(to path: String) throws(FileProblem) {
        try TextFile.replace(path, with: text)
    }

    /// Users who are gone or whose passwords changed.
    public func changedUserNames(from old: PasswordFile) -> Set<MQTTString> {
        let gone = old.hashes.filter { hashes[$0.key] != $0.value }.keys
        return Set(gone).union(old.verifiers.filter { verifiers[$0.key] != $0.value }.keys)
    }
}

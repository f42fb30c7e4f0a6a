import ArgumentParser
import MQTTAuth
import MQTTCodec
import MQTTScram

struct Passwd: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Add, change, delete or verify users of a password file.",
        discussion: """
            The file has Mosquitto's format, and the flags of mosquitto_passwd work. Without -b the password is \
            asked for, or read from standard input if that is no terminal. A running broker takes the new file \
            by itself. --verify ends with 1 if the password is wrong or there is no such user.

              martlet passwd users.txt anna          add anna, or change her password
              martlet passwd --scram users.txt anna  and let her use SCRAM-SHA-256
              martlet passwd -D users.txt anna       delete her
              martlet passwd -U users.txt            hash what is in plain text
              martlet passwd --verify users.txt anna
            """)

    @Flag(name: .customShort("c"), help: "Begin a new file; asks before it overwrites one.")
    var isNew = false

    @Flag(name: .customLong("overwrite"), help: "With -c: overwrite without asking.")
    var overwrites = false

    @Flag(name: .customShort("D"), help: "Delete the user.")
    var deletes = false

    @Flag(name: .customShort("b"), help: "Take the password from the command line, where others can see it.")
    var isBatch = false

    @Flag(name: .customShort("U"), help: "Hash all passwords of the file that stand in plain text.")
    var upgrades = false

    @Flag(
        help: """
            Store a verifier for SCRAM-SHA-256 beside the hash too. Users who have one keep one when their \
            password is changed.
            """)
    var scram = false

    @Flag(name: .customLong("verify"), help: "Tell whether the password is right; change nothing.")
    var verifies = false

    @Flag(
        help: """
            The password is a long one that a generator made: \(PasswordHash.machineIterations) iterations are \
            enough.
            """)
    var machine = false

    @Option(
        name: [.customShort("I"), .customLong("iterations")],
        help:
            "Iterations of PBKDF2; more make guessing slower, and logging in. Default: \(PasswordHash.standardIterations)."
    )
    var iterations: Int?

    @Option(name: .customShort("H"), help: "Only sha512-pbkdf2; here for mosquitto_passwd's sake.")
    var algorithm: String?

    @Argument(help: "The password file.", completion: .file())
    var file: String

    @Argument(help: "The user; not with -U.")
    var user: String?

    @Argument(help: "The password; only with -b.")
    var password: String?

    private var effort: Int {
        iterations ?? (machine ? PasswordHash.machineIterations : PasswordHash.standardIterations)
    }

    /// Clients compute it, small ones too: SCRAM's least is enough for secrets that nobody can guess.
    private var scramEffort: Int { max(effort, ScramSHA256.iterationBounds.lowerBound) }

    func validate() throws {
        if [deletes, upgrades, verifies, isNew].count(where: { $0 }) > 1 {
            throw ValidationError("only one of -c, -D, -U and --verify at a time")
        }
        if let algorithm, algorithm != "sha512-pbkdf2" {
            throw ValidationError(
                "-H: only sha512-pbkdf2 is made; \(algorithm) is only read, if it is sha512")
        }
        guard PasswordHash.iterationBounds.contains(effort) else {
            throw ValidationError("\(PasswordHashError.iterations)")
        }
        if upgrades {
            guard user == nil else { throw ValidationError("-U is about all users of the file") }
            return
        }
        guard let user else { throw ValidationError("which user?") }
        if let reason = PasswordFile.objection(to: MQTTString(user)) { throw ValidationError(reason) }
        if isBatch != (password != nil) || deletes && password != nil {
            throw ValidationError("a password on the command line goes with -b")
        }
    }

    func run() throws {
        if upgrades { return try upgrade() }
        let user = user ?? ""
        if deletes { return try delete(user) }
        if verifies { return try verify(user) }
        try set(user)
    }

    private func set(_ user: String) throws {
        var users = PasswordFile()
        if TextFile.exists(file) {
            if !isNew {
                users = try read()
            } else if !overwrites {
                guard Terminal.isThere, Terminal.confirm("\(file) is there already. Overwrite it?") else {
                    StandardError.write(
                        line:
                            "error: \(file) is there already; --overwrite takes its place, without -c users are added"
                    )
                    throw ExitStatus.cannotCreate.exitCode
                }
            }
        }
        guard let password = password ?? PasswordPrompt.newPassword(for: user) else {
            throw ExitCode.failure
        }
        let hash = try Report.orExit(.software) { () throws(PasswordHashError) in
            try PasswordHash(of: Array(password.utf8), iterations: effort)
        }
        var verifier: ScramVerifier?
        if scram || users.scram(of: MQTTString(user)) != nil {
            verifier = try Report.orExit(.software) { () throws(ScramError) in
                try ScramVerifier(password: Array(password.utf8), iterations: scramEffort)
            }
        }
        let isKnown = users.hash(of: MQTTString(user)) != nil
        users.set(MQTTString(user), hash, scram: verifier)
        try save(users)
        print(isKnown ? "The password of \(user) is changed." : "\(user) is added to \(file).")
    }

    private func delete(_ user: String) throws {
        var users = try read()
        guard users.remove(MQTTString(user)) else { throw noSuch(user) }
        try save(users)
        print("\(user) is deleted from \(file).")
    }

    private func verify(_ user: String) throws {
        let users = try read()
        guard let hash = users.hash(of: MQTTString(user)) else { throw noSuch(user) }
        let password = password ?? PasswordPrompt.password(for: user) ?? ""
        guard hash.matches(Array(password.utf8)) else {
            print("The password is wrong.")
            throw ExitCode.failure
        }
        print("The password is right.")
    }

    private func upgrade() throws {
        let users = try Report.orExit(.configuration) { () throws(FileProblem) in
            try PasswordFile(try TextFile.read(file), path: file, hashingPlainTextWith: effort)
        }
        try save(users)
        print("All passwords of \(file) are hashed.")
    }

    private func read() throws -> PasswordFile {
        try Report.orExit(.configuration) { () throws(FileProblem) in try PasswordFile(contentsOf: file) }
    }

    private func save(_ users: PasswordFile) throws {
        try Report.orExit(.cannotCreate) { () throws(FileProblem) in try users.save(to: file) }
    }

    private func noSuch(_ user: String) -> ExitCode {
        StandardError.write(line: "error: there is no user '\(user)' in \(file)")
        return .failure
    }
}

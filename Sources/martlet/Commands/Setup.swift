import ArgumentParser
import MQTTAuth
import MQTTCodec

struct Setup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Make all that an encrypted broker with passwords needs: certificates, a user, a configuration.",
        discussion: """
            Makes a private authority, a certificate for this machine, a first user who may do everything, a file \
            of access rules and a configuration with mqtts on port 8883 and wss on port 8884. Asks for what is \
            not given, if there is a terminal. It never overwrites a file.

              martlet setup broker
              martlet serve --config broker/martlet.yaml
            """)

    @Argument(help: "Where to put it all; made if it is not there.", completion: .directory)
    var directory: String

    @Option(
        help: ArgumentHelp(
            "A name or address that clients reach this machine by, beside those it knows itself. May be repeated.",
            valueName: "host"))
    var name: [String] = []

    @Option(help: "The first user. Default: admin.")
    var user: String?

    @Option(help: "The user's password, which others can see here. Default: a generated one, which is told.")
    var password: String?

    func validate() throws {
        for name in name where HostName(name) == nil {
            throw ValidationError("'\(name)' is no name and no address of a host")
        }
        if let user, let reason = PasswordFile.objection(to: MQTTString(user)) {
            throw ValidationError(reason)
        }
        if password == "" { throw ValidationError("an empty password is none") }
    }

    func run() throws {
        let directory = try Report.orExit(.cannotCreate) { () throws(FileProblem) in
            try SetupDirectory(creating: self.directory)
        }
        for file in directory.all where TextFile.exists(file) {
            StandardError.write(
                line: "error: \(file) is there already; choose another directory or move it away")
            throw ExitStatus.cannotCreate.exitCode
        }
        let user = try askUser()
        let (password, isGenerated) = try askPassword(user)
        let names = HostName.unique(name.compactMap { HostName($0) } + HostName.ofThisMachine)
        let fingerprint = try Report.orExit(.cannotCreate) {
            try write(directory, user, password, isGenerated: isGenerated, names)
        }
        tell(directory, user, password, isGenerated: isGenerated, names, fingerprint)
    }

    private func askUser() throws -> String {
        if let user { return user }
        guard Terminal.isThere, let answer = Terminal.ask("First user [admin]: "), !answer.isEmpty else {
            return "admin"
        }
        if let reason = PasswordFile.objection(to: MQTTString(answer)) { throw ValidationError(reason) }
        return answer
    }

    private func askPassword(_ user: String) throws -> (String, isGenerated: Bool) {
        if let password { return (password, false) }
        guard Terminal.isThere else { return (GeneratedPassword.make(), true) }
        let answer = Terminal.askSecret("Password for \(user) [a generated one]: ") ?? ""
        guard !answer.isEmpty else { return (GeneratedPassword.make(), true) }
        guard Terminal.askSecret("Once more: ") == answer else {
            StandardError.write(line: "error: the two differ; nothing was made")
            throw ExitCode.failure
        }
        return (answer, false)
    }

    /// Returns the authority's fingerprint.
    private func write(
        _ directory: SetupDirectory, _ user: String, _ password: String, isGenerated: Bool,
        _ names: [HostName]
    ) throws -> String {
        let authority = try CertificateAuthority(named: "Martlet authority of \(names[0].text)")
        let server = try authority.serverCertificate(names)
        var users = PasswordFile()
        users.set(
            MQTTString(user),
            try PasswordHash(
                of: Array(password.utf8),
                iterations: isGenerated ? PasswordHash.machineIterations : PasswordHash.standardIterations))
        try TextFile.create(directory.authorityKey, authority.issued.keyText())
        try TextFile.create(directory.authority, authority.issued.certificateText(), mode: 0o644)
        try TextFile.create(directory.revocations, authority.revocationList([:]), mode: 0o644)
        try TextFile.create(directory.serverKey, server.keyText())
        try TextFile.create(directory.server, server.certificateText(), mode: 0o644)
        try TextFile.create(directory.users, users.text)
        try TextFile.create(directory.rules, SetupText.rules(user: user))
        try TextFile.create(directory.configuration, SetupText.configuration(directory))
        return try authority.fingerprint()
    }

    private func tell(
        _ directory: SetupDirectory, _ user: String, _ password: String, isGenerated: Bool,
        _ names: [HostName], _ fingerprint: String
    ) {
        // What was typed without being shown is not shown now.
        let shown = isGenerated || self.password != nil ? SetupText.quoted(password) : "PASSWORD"
        let client =
            "--cafile \(SetupText.quoted(directory.authority)) -h \(names[0].text) -p 8883 -u \(SetupText.quoted(user)) -P \(shown)"
        print(
            """
            Made in \(directory.path), for \(names.map(\.text).joined(separator: ", ")).
            \(isGenerated ? "The password of \(user) is \(password) and is not told again.\n" : "")
            Start the broker:
              martlet serve --config \(SetupText.quoted(directory.configuration))

            Try it:
              martlet sub \(client) -t '#' -v
              martlet pub \(client) -t hello -m world
            or
              mosquitto_sub \(client) -t '#' -v
              mosquitto_pub \(client) -t hello -m world

            More users:                martlet passwd \(SetupText.quoted(directory.users)) NAME
            What they may do:          \(directory.rules)
            Devices with certificates: martlet cert client NAME --directory \(SetupText.quoted(directory.path))
            One that was lost:         martlet cert revoke NAME --directory \(SetupText.quoted(directory.path))

            Other machines need ca.pem, and nothing else of this directory. Phones: send ca.pem to the phone and open \
            it; on iOS install the profile, then switch it on under Settings, General, About, Certificate Trust \
            Settings; on Android install it under Settings, Security, Encryption & credentials, CA certificate.
            Fingerprint (SHA-256) of ca.pem:
              \(fingerprint)
            """)
    }
}

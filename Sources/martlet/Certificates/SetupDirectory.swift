import MQTTAuth

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The files of `martlet setup`, by name.
struct SetupDirectory {
    /// Absolute.
    let path: String

    /// - Throws: ``FileProblem`` if it is not there and cannot be made.
    init(creating path: String) throws(FileProblem) {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
            let reason = unsafe String(cString: strerror(errno))
            throw FileProblem(path: path, message: "cannot be made: \(reason)")
        }
        try self.init(path)
    }

    init(_ path: String) throws(FileProblem) {
        let absolute = unsafe realpath(path, nil)
        defer { unsafe free(absolute) }
        guard let absolute = unsafe absolute else {
            throw FileProblem(path: path, message: "there is no such directory")
        }
        self.path = unsafe String(cString: absolute)
    }

    func file(_ name: String) -> String { path == "/" ? path + name : path + "/" + name }

    var authority: String { file("ca.pem") }
    var authorityKey: String { file("ca.key") }
    var server: String { file("server.pem") }
    var serverKey: String { file("server.key") }
    var revocations: String { file("crl.pem") }
    var users: String { file("users.txt") }
    var rules: String { file("acl.txt") }
    var configuration: String { file("martlet.yaml") }

    var all: [String] {
        [authority, authorityKey, server, serverKey, revocations, users, rules, configuration]
    }

    /// The authority that made the directory's certificates.
    func readAuthority() throws -> CertificateAuthority {
        let certificate = try TextFile.read(authority)
        let key = try TextFile.read(authorityKey)
        do {
            return CertificateAuthority(try .init(certificate: certificate, key: key))
        } catch {
            throw FileProblem(path: authority, message: "this and ca.key are no authority: \(error)")
        }
    }
}

import ArgumentParser
import MQTTAuth
import MQTTCodec
import SwiftASN1
import X509

struct Cert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make certificates with the authority that martlet setup made.",
        subcommands: [Client.self, Renew.self, Revoke.self])

    struct Client: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a certificate that a client comes in by, without a password.",
            discussion: """
                Makes NAME.pem and NAME.key in the directory. The name is the client's user name. It never \
                overwrites a file.
                """)

        @Argument(help: "The client's user name.")
        var name: String

        @Option(help: "Where martlet setup has put everything.", completion: .directory)
        var directory = "."

        func validate() throws {
            if let reason = PasswordFile.objection(to: MQTTString(name)) { throw ValidationError(reason) }
            if name.contains("/") || name.hasPrefix(".") || name.utf8.count > 64 {
                throw ValidationError(
                    "the name is that of a file too: at most 64 bytes, no '/', no '.' in front")
            }
        }

        func run() throws {
            let directory = try Report.orExit(.cannotCreate) { () throws(FileProblem) in
                try SetupDirectory(self.directory)
            }
            let certificate = directory.file(name + ".pem")
            let key = directory.file(name + ".key")
            for file in [certificate, key] where TextFile.exists(file) {
                StandardError.write(line: "error: \(file) is there already")
                throw ExitStatus.cannotCreate.exitCode
            }
            try Report.orExit(.cannotCreate) {
                let issued = try directory.readAuthority().clientCertificate(name)
                try TextFile.create(key, issued.keyText())
                try TextFile.create(certificate, issued.certificateText(), mode: 0o644)
            }
            let files = [("cafile", directory.authority), ("cert", certificate), ("key", key)]
                .map { "--\($0.0) \(SetupText.quoted($0.1))" }.joined(separator: " ")
            print(
                """
                Made \(certificate) and \(key). What \(name) may do: \(directory.rules)
                  mosquitto_pub \(files) -h localhost -p 8883 -t TOPIC -m MESSAGE
                """)
        }
    }

    struct Renew: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new server certificate with the names of the old one.",
            discussion: "A running broker takes it by itself; no connection is dropped.")

        @Option(help: "Where martlet setup has put everything.", completion: .directory)
        var directory = "."

        @Option(help: ArgumentHelp("One more name or address. May be repeated.", valueName: "host"))
        var name: [String] = []

        func validate() throws {
            for name in name where HostName(name) == nil {
                throw ValidationError("'\(name)' is no name and no address of a host")
            }
        }

        func run() throws {
            let directory = try Report.orExit(.cannotCreate) { () throws(FileProblem) in
                try SetupDirectory(self.directory)
            }
            let names = try Report.orExit(.cannotCreate) {
                let old = try Certificate(pemEncoded: try TextFile.read(directory.server))
                let names = try HostName.unique(Self.names(of: old) + self.name.compactMap { HostName($0) })
                let issued = try directory.readAuthority().serverCertificate(names)
                try TextFile.replace(directory.serverKey, with: issued.keyText())
                try TextFile.replace(directory.server, with: issued.certificateText())
                return names
            }
            print("Renewed \(directory.server), for \(names.map(\.text).joined(separator: ", ")).")
        }

        private static func names(of certificate: Certificate) throws -> [HostName] {
            try (certificate.extensions.subjectAlternativeNames ?? SubjectAlternativeNames([])).compactMap {
                name in
                switch name {
                case .dnsName(let name): .name(name)
                case .ipAddress(let address): HostName(address: Array(address.bytes))
                default: nil
                }
            }
        }
    }
}

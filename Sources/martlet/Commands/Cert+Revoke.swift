import ArgumentParser
import MQTTAuth
import MQTTTLS
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Cert {
    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a client's certificate back.",
            discussion: """
                Adds it to the list crl.pem. A running broker takes the list by itself, and disconnects the client if \
                it is there.
                """)

        @Argument(help: "The client's user name, or the file of its certificate.")
        var name: String

        @Option(help: "Where martlet setup has put everything.", completion: .directory)
        var directory = "."

        func run() throws {
            let directory = try Report.orExit(.cannotCreate) { () throws(FileProblem) in
                try SetupDirectory(self.directory)
            }
            let path = TextFile.exists(name) ? name : directory.file(name + ".pem")
            try Report.orExit(.cannotCreate) {
                let authority = try directory.readAuthority()
                let certificate = try Certificate(pemEncoded: try TextFile.read(path))
                guard certificate.issuer == authority.certificate.subject else {
                    throw FileProblem(path: path, message: "is not of this authority")
                }
                var revoked: [Certificate.SerialNumber: Int64] = [:]
                if TextFile.exists(directory.revocations) {
                    revoked = try RevocationList(pemEncoded: TextFile.read(directory.revocations)).revoked
                }
                if revoked[certificate.serialNumber] == nil {
                    revoked[certificate.serialNumber] = Int64(Date().timeIntervalSince1970)
                }
                let text = try authority.revocationList(revoked)
                if TextFile.exists(directory.revocations) {
                    try TextFile.replace(directory.revocations, with: text)
                } else {
                    try TextFile.create(directory.revocations, text, mode: 0o644)
                }
            }
            print(
                """
                \(path) is not valid any more, and stands in \(directory.revocations).
                The broker looks there if its configuration says so: tls.crl (as that of martlet setup does).
                """)
        }
    }
}

import NIOSSL
import SwiftASN1
import X509

/// A certificate of the server, the key to it, and the names that it is for.
struct ServerIdentity: Sendable {
    let paths: TLSSettings.Identity
    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey
    /// In small letters; some begin with `*.`.
    private let names: Set<String>

    init(_ paths: TLSSettings.Identity) throws(TLSProblem) {
        self.paths = paths
        chain = try TLSFiles.certificates(paths.certificate)
        do {
            key = try NIOSSLPrivateKey(file: paths.privateKey, format: .pem)
        } catch {
            throw TLSProblem(
                path: paths.privateKey,
                message: "cannot be read as a private key in PEM without passphrase")
        }
        var names: Set<String> = []
        if let bytes = try? chain.first?.toDERBytes(), let leaf = try? Certificate(derEncoded: bytes) {
            for name in (try? leaf.extensions.subjectAlternativeNames) ?? SubjectAlternativeNames([]) {
                if case .dnsName(let name) = name { names.insert(name.lowercased()) }
            }
        }
        self.names = names
        // BoringSSL looks whether the two belong together: here, and not when the first client comes.
        var trial = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        trial.trustRoots = .certificates([])
        guard (try? NIOSSLContext(configuration: trial)) != nil else {
            throw TLSProblem(
                path: paths.certificate, message: "cannot be used; is \(paths.privateKey) the key to it?")
        }
    }

    private func isFor(_ name: String) -> Bool {
        if names.contains(name) { return true }
        guard let dot = name.firstIndex(of: ".") else { return false }
        // A wildcard stands for one label, RFC 6125 section 6.4.3.
        return names.contains("*" + name[dot...])
    }

    static func chosen(
        by name: String?, among identities: [ServerIdentity]
    ) -> NIOSSLContextConfigurationOverride {
        var choice = NIOSSLContextConfigurationOverride.noChanges
        guard let name = name?.lowercased(), let found = identities.first(where: { $0.isFor(name) }) else {
            return choice
        }
        choice.certificateChain = found.chain.map { .certificate($0) }
        choice.privateKey = .privateKey(found.key)
        return choice
    }
}

extension ServerIdentity: Equatable {
    static func == (one: Self, other: Self) -> Bool { one.chain == other.chain && one.key == other.key }
}

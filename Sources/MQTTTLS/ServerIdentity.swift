import NIOSSL
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A certificate of the server, the key to it, and the names that it is for.
struct ServerIdentity: Sendable {
    let paths: TLSSettings.Identity
    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey
    /// In small letters; some begin with `*.`.
    private let names: Set<String>
    /// When the certificate counts, in seconds since 1970; nil: it cannot be read.
    private let validity: ClosedRange<Int64>?
    /// A certificate that ends sooner is told about: most are renewed before.
    private static let soon: Int64 = 30 * 86_400

    init(_ paths: TLSSettings.Identity) throws(TLSProblem) {
        self.paths = paths
        chain = try TLSFiles.certificates(paths.certificate)
        try TLSFiles.look(at: paths.privateKey)
        do {
            key = try NIOSSLPrivateKey(file: paths.privateKey, format: .pem)
        } catch {
            throw TLSProblem(
                path: paths.privateKey,
                message: "cannot be read as a private key in PEM without passphrase")
        }
        var names: Set<String> = []
        var validity: ClosedRange<Int64>?
        if let bytes = try? chain.first?.toDERBytes(), let leaf = try? Certificate(derEncoded: bytes) {
            for name in (try? leaf.extensions.subjectAlternativeNames) ?? SubjectAlternativeNames([]) {
                if case .dnsName(let name) = name { names.insert(name.lowercased()) }
            }
            let begin = Int64(leaf.notValidBefore.timeIntervalSince1970)
            validity = begin...max(begin, Int64(leaf.notValidAfter.timeIntervalSince1970))
        }
        self.names = names
        self.validity = validity
        // BoringSSL looks whether the two belong together: here, and not when the first client comes.
        var trial = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        trial.trustRoots = .certificates([])
        guard (try? NIOSSLContext(configuration: trial)) != nil else {
            throw TLSProblem(
                path: paths.certificate, message: "cannot be used; is \(paths.privateKey) the key to it?")
        }
    }

    /// That clients do not accept the certificate, or soon will not.
    ///
    /// - Parameter now: in seconds since 1970.
    func warning(at now: Int64) -> TLSProblem? {
        guard let validity else { return nil }
        func date(_ time: Int64) -> String { Date(timeIntervalSince1970: Double(time)).formatted(.iso8601) }
        let message: String? =
            if now > validity.upperBound {
                "the certificate has expired on \(date(validity.upperBound)): clients refuse it"
            } else if now < validity.lowerBound {
                "the certificate is not valid before \(date(validity.lowerBound)): clients refuse it until then"
            } else if validity.upperBound - now < Self.soon {
                "the certificate expires on \(date(validity.upperBound)), in \((validity.upperBound - now) / 86_400) days"
            } else {
                nil
            }
        return message.map { TLSProblem(path: paths.certificate, message: $0) }
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

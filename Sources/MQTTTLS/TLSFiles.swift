import NIOCore
import NIOSSL
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What is in the files of ``TLSSettings``.
struct TLSFiles: Sendable {
    let identities: [ServerIdentity]
    let verifier: ClientVerifier
    /// What says who is let in, to see whether it has changed.
    let trust: [[UInt8]]
    /// Things that are not right but do not stop anything, those of certificates apart.
    private let listWarnings: [TLSProblem]

    init(_ settings: TLSSettings) throws(TLSProblem) {
        var identities: [ServerIdentity] = []
        for paths in settings.identities { identities.append(try ServerIdentity(paths)) }
        self.identities = identities
        var authorities: [Certificate] = []
        var trust: [[UInt8]] = []
        if let path = settings.clientAuthorities {
            for certificate in try Self.certificates(path) {
                guard let bytes = try? certificate.toDERBytes(),
                    let parsed = try? Certificate(derEncoded: bytes)
                else { throw TLSProblem(path: path, message: "cannot be read as certificates in PEM") }
                authorities.append(parsed)
                trust.append(bytes)
            }
        }
        if settings.clientCertificates != .off && authorities.isEmpty {
            throw TLSProblem(
                path: settings.identities.first?.certificate ?? "",
                message: "clients' certificates need authorities to come from")
        }
        var lists: [RevocationList] = []
        var warnings: [TLSProblem] = []
        for path in settings.revocationLists {
            for bytes in try RevocationList.read(path) {
                do throws(RevocationList.Problem) {
                    let list = try RevocationList(derEncoded: bytes)
                    try list.verify(authorities)
                    if let end = list.nextUpdate, end < Int64(Date().timeIntervalSince1970) {
                        warnings.append(
                            TLSProblem(path: path, message: "is out of date: there should be a newer list"))
                    }
                    lists.append(list)
                } catch {
                    throw TLSProblem(path: path, message: "\(error)")
                }
                trust.append(bytes)
            }
        }
        self.trust = trust
        listWarnings = warnings
        verifier = ClientVerifier(authorities, lists)
    }

    /// What is not right now but does not stop anything.
    var warnings: [TLSProblem] {
        let now = Int64(Date().timeIntervalSince1970)
        return identities.compactMap { $0.warning(at: now) } + listWarnings
    }

    /// - Throws: if nothing can be read there, which says more than that it is no PEM.
    static func look(at path: String) throws(TLSProblem) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw TLSProblem(path: path, message: "there is no such file")
        }
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw TLSProblem(path: path, message: "may not be read by this user")
        }
    }

    static func certificates(_ path: String) throws(TLSProblem) -> [NIOSSLCertificate] {
        try look(at: path)
        guard let found = try? NIOSSLCertificate.fromPEMFile(path), !found.isEmpty else {
            throw TLSProblem(path: path, message: "cannot be read as certificates in PEM")
        }
        return found
    }

    func context(_ settings: TLSSettings, applicationProtocol: String) throws(TLSProblem) -> NIOSSLContext {
        guard let first = identities.first else {
            throw TLSProblem(path: "", message: "a server with TLS needs a certificate")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: first.chain.map { .certificate($0) }, privateKey: .privateKey(first.key))
        configuration.minimumTLSVersion = settings.minimumVersion == .v1_3 ? .tlsv13 : .tlsv12
        configuration.applicationProtocols = [applicationProtocol]
        if let path = settings.clientAuthorities {
            configuration.trustRoots = .certificates(try Self.certificates(path))
        } else {
            configuration.trustRoots = .certificates([])
        }
        switch settings.clientCertificates {
        case .off: configuration.certificateVerification = .none
        case .optional: configuration.certificateVerification = .optionalVerification
        case .required: configuration.certificateVerification = .noHostnameVerification
        }
        if settings.clientCertificates != .off { configuration.sendCANameList = true }
        if identities.count > 1 {
            configuration.sslContextCallback = { [identities] asked, promise in
                promise.succeed(ServerIdentity.chosen(by: asked.serverHostname, among: identities))
            }
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw TLSProblem(
                path: first.paths.certificate,
                message: "cannot be used; is \(first.paths.privateKey) the key to it?")
        }
    }
}

import NIOSSL

/// What is in the files of ``TLSSettings``.
struct TLSFiles {
    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey
    let authorities: [NIOSSLCertificate]

    init(_ settings: TLSSettings) throws(TLSProblem) {
        chain = try Self.certificates(settings.certificate)
        do {
            key = try NIOSSLPrivateKey(file: settings.privateKey, format: .pem)
        } catch {
            throw TLSProblem(
                path: settings.privateKey,
                message: "cannot be read as a private key in PEM without passphrase")
        }
        authorities = if let path = settings.clientAuthorities { try Self.certificates(path) } else { [] }
        if settings.clientCertificates != .off && authorities.isEmpty {
            throw TLSProblem(
                path: settings.certificate, message: "clients' certificates need authorities to come from")
        }
    }

    private static func certificates(_ path: String) throws(TLSProblem) -> [NIOSSLCertificate] {
        guard let found = try? NIOSSLCertificate.fromPEMFile(path), !found.isEmpty else {
            throw TLSProblem(path: path, message: "cannot be read as certificates in PEM")
        }
        return found
    }

    func context(_ settings: TLSSettings, applicationProtocol: String) throws(TLSProblem) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = settings.minimumVersion == .v1_3 ? .tlsv13 : .tlsv12
        configuration.applicationProtocols = [applicationProtocol]
        configuration.trustRoots = .certificates(authorities)
        switch settings.clientCertificates {
        case .off: configuration.certificateVerification = .none
        case .optional: configuration.certificateVerification = .optionalVerification
        case .required: configuration.certificateVerification = .noHostnameVerification
        }
        if settings.clientCertificates != .off { configuration.sendCANameList = true }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw TLSProblem(
                path: settings.certificate,
                message: "cannot be used; is \(settings.privateKey) the key to it?")
        }
    }
}

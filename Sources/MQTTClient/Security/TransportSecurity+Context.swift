import NIOSSL

extension TransportSecurity {
    /// Reads the files. Takes its time, and does not belong on an event loop.
    ///
    /// - Throws: ``ClientError/securityUnusable(_:)``, which names the file.
    func context(applicationProtocol: String) throws(ClientError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion =
            switch minimumVersion {
            case .v1_1: .tlsv11
            case .v1_2: .tlsv12
            case .v1_3: .tlsv13
            }
        configuration.applicationProtocols = applicationProtocols ?? [applicationProtocol]
        if let cipherSuites { configuration.cipherSuites = try Self.known(cipherSuites) }
        if let preSharedKey {
            configuration.certificateVerification = .none
            configuration.maximumTLSVersion = .tlsv12
            if cipherSuites == nil { configuration.cipherSuites = Self.preSharedKeyCiphers }
            configuration.pskClientProvider = { _ in
                var key = NIOSSLSecureBytes()
                key.append(contentsOf: preSharedKey.key)
                return PSKClientIdentityResponse(key: key, identity: preSharedKey.identity)
            }
        } else {
            configuration.trustRoots = try authorities.roots
            configuration.certificateVerification =
                switch verification {
                case .full: .fullVerification
                case .withoutName: .noHostnameVerification
                case .none: .none
                }
            if let identity {
                let (chain, key) = try identity.read()
                configuration.certificateChain = chain.map { .certificate($0) }
                configuration.privateKey = .privateKey(key)
            }
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            if case .pem(let certificate, let privateKey, _) = identity {
                throw .securityUnusable("\(certificate): cannot be used; is \(privateKey) the key to it?")
            }
            throw .securityUnusable("TLS cannot be used: \(error)")
        }
    }

    /// With forward secrecy first.
    private static let preSharedKeyCiphers =
        "ECDHE-PSK-CHACHA20-POLY1305:ECDHE-PSK-AES128-CBC-SHA:ECDHE-PSK-AES256-CBC-SHA:PSK-AES128-CBC-SHA:PSK-AES256-CBC-SHA"

    /// The ciphers of a list that there are, as OpenSSL takes it. An empty list would end the program.
    private static func known(_ list: String) throws(ClientError) -> String {
        let names = list.split { ":, ".contains($0) }.filter { cipherNames.contains(String($0)) }
        guard !names.isEmpty else {
            throw .securityUnusable(
                "none of the ciphers '\(list)' is there: name ciphers of TLS 1.2, not groups")
        }
        return names.joined(separator: ":")
    }

    private static let cipherNames: Set = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-PSK-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA",
        "ECDHE-PSK-AES128-CBC-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA",
        "ECDHE-PSK-AES256-CBC-SHA", "AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA",
        "PSK-AES128-CBC-SHA", "PSK-AES256-CBC-SHA",
    ]
}

extension TransportSecurity.Authorities {
    fileprivate var roots: NIOSSLTrustRoots {
        get throws(ClientError) {
            switch self {
            case .system: return .default
            case .directory(let path): return .file(path.hasSuffix("/") ? path : path + "/")
            case .pem(let path):
                guard let found = try? NIOSSLCertificate.fromPEMFile(path), !found.isEmpty else {
                    throw .securityUnusable("\(path): cannot be read as certificates in PEM")
                }
                return .certificates(found)
            case .pemBytes(let bytes):
                guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else {
                    throw .securityUnusable("the certificates of the authorities cannot be read as PEM")
                }
                return .certificates(found)
            }
        }
    }
}

extension TransportSecurity.Identity {
    fileprivate func read() throws(ClientError) -> ([NIOSSLCertificate], NIOSSLPrivateKey) {
        switch self {
        case .pem(let certificate, let privateKey, let passphrase):
            guard let chain = try? NIOSSLCertificate.fromPEMFile(certificate), !chain.isEmpty else {
                throw .securityUnusable("\(certificate): cannot be read as a certificate in PEM")
            }
            let bytes = Array((passphrase ?? "").utf8)
            guard
                let key = try? NIOSSLPrivateKey(
                    file: privateKey, format: .pem, passphraseCallback: { setter in setter(bytes) })
            else {
                throw .securityUnusable(
                    "\(privateKey): cannot be read as a private key in PEM"
                        + (passphrase == nil
                            ? "; if it is encrypted, it needs a passphrase" : ", or the passphrase is wrong"))
            }
            return (chain, key)
        case .pkcs12(let path, let passphrase):
            guard
                let bundle = try? NIOSSLPKCS12Bundle(
                    file: path, passphrase: passphrase.map { Array($0.utf8) })
            else {
                throw .securityUnusable("\(path): cannot be read as PKCS#12, or the passphrase is wrong")
            }
            return (bundle.certificateChain, bundle.privateKey)
        }
    }
}

import MQTTBroker

/// TLS as it was configured, for all listeners with TLS.
struct TLSEntry: Sendable, Equatable {
    /// Paths, with commas between; so are `privateKey` and `revocationLists`.
    var certificate: String?
    var privateKey: String?
    var clientAuthorities: String?
    var revocationLists: String?
    var clientCertificates = TLSSettings.ClientCertificates.off
    var userName = TLSSettings.UserName.commonName
    var minimumVersion = TLSSettings.Version.v1_2
    /// In milliseconds.
    var handshakeTime: Int64 = 10_000

    /// None: there is no certificate, or not as many keys as certificates.
    var settings: TLSSettings? {
        guard let certificate, let privateKey else { return nil }
        let (certificates, keys) = (SettingKind.list(certificate), SettingKind.list(privateKey))
        guard certificates.count == keys.count else { return nil }
        var settings = TLSSettings(
            certificate: certificates[0], privateKey: keys[0], clientAuthorities: clientAuthorities,
            clientCertificates: clientCertificates, minimumVersion: minimumVersion,
            handshakeTime: handshakeTime)
        settings.identities = zip(certificates, keys).map { .init(certificate: $0, privateKey: $1) }
        settings.revocationLists = revocationLists.map { SettingKind.list($0) } ?? []
        settings.userName = userName
        return settings
    }

    /// What does not fit together; nil: nothing.
    var problem: (setting: String, message: String)? {
        if let certificate, let privateKey,
            SettingKind.list(certificate).count != SettingKind.list(privateKey).count
        {
            return ("private_key", "must be as many as there are certificates, in their order")
        }
        if clientCertificates != .off, clientAuthorities == nil {
            return (
                "client_certificates",
                "needs tls.client_ca, the authorities that clients' certificates come from"
            )
        }
        if revocationLists != nil, clientAuthorities == nil {
            return ("crl", "needs tls.client_ca, the authorities whose lists these are")
        }
        return nil
    }
}

import MQTTBroker

/// TLS as it was configured; it serves all listeners with TLS.
struct TLSEntry: Sendable, Equatable {
    var certificate: String?
    var privateKey: String?
    var clientAuthorities: String?
    var clientCertificates = TLSSettings.ClientCertificates.off
    var minimumVersion = TLSSettings.Version.v1_2
    /// In milliseconds.
    var handshakeTime: Int64 = 10_000

    /// None: there is no certificate.
    var settings: TLSSettings? {
        guard let certificate, let privateKey else { return nil }
        return TLSSettings(
            certificate: certificate, privateKey: privateKey, clientAuthorities: clientAuthorities,
            clientCertificates: clientCertificates, minimumVersion: minimumVersion,
            handshakeTime: handshakeTime)
    }
}

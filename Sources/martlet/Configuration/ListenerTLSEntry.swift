import MQTTBroker

/// What one listener has otherwise than ``TLSEntry`` says for all.
struct ListenerTLSEntry: Sendable, Equatable {
    var certificate: String?
    var privateKey: String?
    var clientAuthorities: String?
    var revocationLists: String?
    var clientCertificates: TLSSettings.ClientCertificates?
    var userName: TLSSettings.UserName?
    var minimumVersion: TLSSettings.Version?

    /// Certificate and key belong together, and so do authorities and their lists: one is not taken from here
    /// and the other from there.
    func over(_ all: TLSEntry) -> TLSEntry {
        var entry = all
        if certificate != nil || privateKey != nil {
            (entry.certificate, entry.privateKey) = (certificate, privateKey)
        }
        if clientAuthorities != nil {
            (entry.clientAuthorities, entry.revocationLists) = (clientAuthorities, revocationLists)
        } else if revocationLists != nil {
            entry.revocationLists = revocationLists
        }
        if let clientCertificates { entry.clientCertificates = clientCertificates }
        if let userName { entry.userName = userName }
        if let minimumVersion { entry.minimumVersion = minimumVersion }
        return entry
    }
}

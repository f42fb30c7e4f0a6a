/// The administration listener as it was configured.
struct AdminEntry: Sendable, Equatable {
    /// None: there is no such listener.
    var listen: String?
    /// None: `admin.tokens` in the data directory.
    var tokenFile: String?
    /// None: ``TLSEntry/certificate``.
    var certificate: String?
    /// None: ``TLSEntry/privateKey``.
    var privateKey: String?

    /// Client identifiers that are measured one by one, with commas between.
    var clientMetrics: String?
    /// Topic filters that are measured one by one.
    var topicMetrics: String?

    var address: AdminAddress? { listen.flatMap { AdminAddress($0) } }
}

import MQTTAuth
import MQTTBroker

/// Who may come in and what they may do, from the files that the configuration names.
///
/// Where anything of that is configured, every client is looked at: one that gives a user name must be known to
/// one of the ways to log in. Where there are none nobody can be, so no client can take a name that access rules
/// are about.
final class Security: Sendable {
    private let configuration: ServerConfiguration
    private let source: ConfigurationSource
    private let logins: Logins?
    private let authorizer: AccessRuleAuthorizer?
    let tls: TLSServers

    /// - Parameters:
    ///   - source: where the configuration comes from.
    ///   - trouble: is told why the web service could not be asked about a login.
    /// - Throws: the first thing that is wrong with a file.
    init(
        _ configuration: ServerConfiguration, from source: ConfigurationSource = ConfigurationSource(),
        trouble: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws(FileProblem) {
        tls = try TLSServers(configuration)
        self.configuration = configuration
        self.source = source
        authorizer =
            configuration.hasAccessRules
            ? AccessRuleAuthorizer(
                try configuration.accessRules(),
                mayBeGrantedElsewhere: configuration.has(.jwt) || configuration.has(.http)) : nil
        let material = try await LoginMaterial(configuration)
        logins = configuration.isAuthenticated ? Logins(configuration, material, trouble: trouble) : nil
    }

    var ports: Ports { Ports(authenticator: logins?.chain, authorizer: authorizer) }

    /// With TLS for the listeners that want it.
    func secured(_ configuration: BrokerConfiguration) -> BrokerConfiguration {
        var configuration = configuration
        tls.secure(&configuration.listeners)
        return configuration
    }

    var users: RunningUsers? { configuration.passwordFile.map { RunningUsers(path: $0) } }

    var rules: RunningRules? {
        configuration.accessFile.map { RunningRules(path: $0, configuration: configuration) }
    }

    /// All files whose changes matter.
    var paths: [String] {
        let authentication = configuration.authentication
        return [
            source.file, configuration.passwordFile, configuration.accessFile, authentication.tokenKeys,
            authentication.tokenSecret,
        ].compactMap { $0 } + tls.paths
    }

    /// The rules of the access file, and of the configuration. What else has changed there has to wait for the
    /// next start.
    private func rereadRules(_ change: inout SecurityChange) throws(FileProblem) -> AccessRules? {
        var now = configuration
        if source.file != nil {
            let read = try source.load()
            now.access = read.access
            change.needsRestart = !now.isSame(as: read)
            guard now.hasAccessRules == configuration.hasAccessRules else {
                throw FileProblem(
                    path: source.file ?? "",
                    message: "whether there are rules at all cannot change while the broker runs")
            }
        }
        return authorizer == nil ? nil : try now.accessRules()
    }

    /// Reads all files again. If one is wrong, nothing changes.
    func reload() async throws(FileProblem) -> SecurityChange {
        let material = try await LoginMaterial(configuration)
        var change = SecurityChange()
        let rules = try rereadRules(&change)
        let found = tls.take(try tls.read())
        change.isCertificateNew = found.certificate
        change.areClientAuthoritiesNew = found.clientAuthorities
        change.users = logins?.replace(material) ?? []
        change.tokenKeys = material.tokenKeys?.marks ?? []
        if let rules, let authorizer { authorizer.replace(rules) }
        return change
    }
}

extension ServerConfiguration {
    /// Whether it says the same, wherever it says it.
    fileprivate func isSame(as other: Self) -> Bool {
        var one = self
        var other = other
        for index in one.listeners.indices { one.listeners[index].origin = nil }
        for index in other.listeners.indices { other.listeners[index].origin = nil }
        return one == other
    }
}

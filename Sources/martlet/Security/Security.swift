import MQTTAuth
import MQTTBroker
import Synchronization

/// Who may come in and what they may do, from the files that the configuration names.
///
/// Where anything of that is configured, every client is looked at: one that gives a user name must be known to
/// one of the ways to log in. Where there are none nobody can be, so no client can take a name that access rules
/// are about.
final class Security: Sendable {
    private let configuration: ServerConfiguration
    /// With the rules that count now.
    private let current: Mutex<ServerConfiguration>
    /// None: there is no configuration file.
    private let file: String?
    private let logins: Logins?
    private let authorizer: AccessRuleAuthorizer?
    let tls: TLSServers

    /// - Parameters:
    ///   - file: the configuration file, if there is one.
    ///   - trouble: is told why the web service could not be asked about a login.
    /// - Throws: the first thing that is wrong with a file.
    init(
        _ configuration: ServerConfiguration, file: String? = nil,
        trouble: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws(FileProblem) {
        tls = try TLSServers(configuration)
        self.configuration = configuration
        current = Mutex(configuration)
        self.file = file
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
        guard configuration.hasAccessRules else { return nil }
        return RunningRules(path: configuration.accessFile) { [self] in current.withLock { $0 } }
    }

    /// All files whose changes matter.
    var paths: [String] {
        let authentication = configuration.authentication
        return [
            file, configuration.passwordFile, configuration.accessFile, authentication.tokenKeys,
            authentication.tokenSecret,
        ].compactMap { $0 } + tls.paths
    }

    /// Reads all files again, and changes nothing yet. What else the configuration says about them is taken at
    /// the start only, but has to be right too.
    ///
    /// - Throws: the first thing that is wrong with a file.
    func read(_ wanted: ServerConfiguration) async throws(FileProblem) -> SecurityMaterial {
        var now = configuration
        now.access = wanted.access
        now.subscriptionPolicy = wanted.subscriptionPolicy
        guard now.hasAccessRules == configuration.hasAccessRules else {
            throw FileProblem(
                path: file ?? "",
                message: "whether there are rules at all cannot change while the broker runs")
        }
        if !now.hasSameFiles(as: wanted) { try await Self.check(wanted) }
        return SecurityMaterial(
            logins: try await LoginMaterial(now), rules: authorizer == nil ? nil : try now.accessRules(),
            tls: try tls.read(), configuration: now)
    }

    /// - Throws: the first thing that is wrong with a file.
    private static func check(_ configuration: ServerConfiguration) async throws(FileProblem) {
        _ = try TLSServers(configuration)
        _ = try await LoginMaterial(configuration)
        if configuration.hasAccessRules { _ = try configuration.accessRules() }
    }

    /// Takes what was read into use. Returns what that means for connected clients.
    func take(_ material: SecurityMaterial) async -> SecurityChange {
        var change = SecurityChange()
        let found = tls.take(material.tls)
        change.isCertificateNew = found.certificate
        change.areClientAuthoritiesNew = found.clientAuthorities
        change.users = logins?.replace(material.logins) ?? []
        change.tokenKeys = material.logins.tokenKeys?.marks ?? []
        if let rules = material.rules { authorizer?.replace(rules) }
        current.withLock { $0 = material.configuration }
        if change.areClientAuthoritiesNew { change.refusedConnections = await tls.refusedConnections() }
        return change
    }
}

extension ServerConfiguration {
    /// Whether users, rules and certificates come from the same files.
    fileprivate func hasSameFiles(as other: Self) -> Bool {
        passwordFile == other.passwordFile && authentication == other.authentication
            && accessFile == other.accessFile && tls == other.tls && listenerTLS == other.listenerTLS
    }
}

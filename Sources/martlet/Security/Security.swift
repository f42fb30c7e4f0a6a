import MQTTAuth
import MQTTBroker
import Synchronization

/// Who may come in and what they may do, from the files that the configuration names. All of it can change while
/// the broker runs.
///
/// Where anything of that is configured, every client is looked at: one that gives a user name must be known to
/// one of the ways to log in. Where there are none nobody can be, so no client can take a name that access rules
/// are about.
final class Security: Sendable {
    private struct State {
        var configuration: ServerConfiguration
        /// nil: nobody is asked.
        var logins: Logins?
        /// nil: everybody may do everything.
        var authorizer: AccessRuleAuthorizer?
    }

    private let state: Mutex<State>
    /// None: there is no configuration file.
    private let file: String?
    private let trouble: @Sendable (String) -> Void
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
        self.file = file
        self.trouble = trouble
        let rules = configuration.hasAccessRules ? try configuration.accessRules() : nil
        let material = try await LoginMaterial(configuration)
        let logins = configuration.isAuthenticated ? Logins(configuration, material, trouble: trouble) : nil
        state = Mutex(
            State(
                configuration: configuration, logins: logins,
                authorizer: rules.map { Self.authorizer($0, configuration) }))
    }

    private static func authorizer(
        _ rules: AccessRules, _ configuration: ServerConfiguration
    ) -> AccessRuleAuthorizer {
        AccessRuleAuthorizer(
            rules, mayBeGrantedElsewhere: configuration.has(.jwt) || configuration.has(.http))
    }

    var ports: Ports {
        state.withLock { Ports(authenticator: $0.logins?.chain, authorizer: $0.authorizer) }
    }

    /// With TLS for the listeners that want it.
    func secured(_ configuration: BrokerConfiguration) -> BrokerConfiguration {
        var configuration = configuration
        tls.secure(&configuration.listeners)
        return configuration
    }

    private var configuration: ServerConfiguration { state.withLock { $0.configuration } }

    /// None: there is no password file.
    var users: RunningUsers? { configuration.passwordFile.map { RunningUsers(path: $0) } }

    /// None: there are no rules.
    var rules: RunningRules? {
        let now = configuration
        return now.hasAccessRules ? RunningRules(path: now.accessFile, configuration: now) : nil
    }

    /// All files whose changes matter.
    var paths: [String] { paths(of: configuration) }

    /// Those of another configuration.
    func paths(of configuration: ServerConfiguration) -> [String] {
        let authentication = configuration.authentication
        return [
            file, configuration.passwordFile, configuration.accessFile, authentication.tokenKeys,
            authentication.tokenSecret,
        ].compactMap { $0 } + configuration.tlsPaths
    }

    /// Reads all files that a configuration names, and changes nothing yet.
    ///
    /// - Throws: the first thing that is wrong with a file.
    func read(_ wanted: ServerConfiguration) async throws(FileProblem) -> SecurityMaterial {
        SecurityMaterial(
            logins: try await LoginMaterial(wanted),
            rules: wanted.hasAccessRules ? try wanted.accessRules() : nil, tls: try tls.read(wanted),
            configuration: wanted)
    }

    /// Takes what was read into use; ``ports`` may be others then. Returns what that means for connected clients.
    func take(_ material: SecurityMaterial) async -> SecurityChange {
        let (wanted, before) = (material.configuration, state.withLock { $0 })
        var change = SecurityChange()
        let found = tls.take(material.tls)
        change.isCertificateNew = found.certificate
        change.areClientAuthoritiesNew = found.clientAuthorities
        change.users = before.logins?.replace(material.logins) ?? []
        change.tokenKeys = material.logins.tokenKeys?.marks ?? []
        var logins = before.logins
        if !before.configuration.hasSameLogins(as: wanted) {
            logins = wanted.isAuthenticated ? Logins(wanted, material.logins, trouble: trouble) : nil
            change.logins = logins
        }
        state.withLock { [logins] state in
            state.configuration = wanted
            state.logins = logins
            state.authorizer = material.rules.map { Self.authorizer($0, wanted) }
        }
        if found.clientAuthorities || found.isDemanded {
            change.refusedConnections = await tls.refusedConnections()
        }
        return change
    }
}

extension ServerConfiguration {
    /// Whether clients log in as they do with another configuration.
    fileprivate func hasSameLogins(as other: Self) -> Bool {
        isAuthenticated == other.isAuthenticated && loginKinds == other.loginKinds
            && passwordFile == other.passwordFile && authentication == other.authentication
            && listeners.map(\.url) == other.listeners.map(\.url)
            && listeners.map(\.authentication) == other.listeners.map(\.authentication)
    }
}

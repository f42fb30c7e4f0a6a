import MQTTAuth
import MQTTBroker

/// Who may come in and what they may do, from the files that the configuration names.
///
/// Where anything of that is configured, every client is looked at: one that gives a user name must be in the
/// password file. Without that file nobody can be, so no client can take a name that access rules are about.
final class Security: Sendable {
    private let configuration: ServerConfiguration
    private let source: ConfigurationSource
    private let passwordFile: String?
    private let accessFile: String?
    private let authenticator: PasswordAuthenticator?
    private let authorizer: AccessRuleAuthorizer?
    private let tls: TLSServer?

    /// - Parameter source: where the configuration comes from.
    /// - Throws: the first thing that is wrong with a file.
    init(
        _ configuration: ServerConfiguration, from source: ConfigurationSource = ConfigurationSource()
    ) throws(FileProblem) {
        self.configuration = configuration
        self.source = source
        passwordFile = configuration.passwordFile
        accessFile = configuration.accessFile
        authorizer =
            configuration.hasAccessRules ? AccessRuleAuthorizer(try configuration.accessRules()) : nil
        let users = if let passwordFile { try PasswordFile(contentsOf: passwordFile) } else { PasswordFile() }
        let isAsked =
            passwordFile != nil || configuration.hasAccessRules
            || configuration.tls.clientCertificates != .off
        authenticator =
            isAsked
            ? PasswordAuthenticator(
                users, allowsAnonymous: passwordFile == nil || configuration.allowAnonymous) : nil
        do {
            tls = try configuration.tls.settings.map { settings throws(TLSProblem) in try TLSServer(settings)
            }
        } catch {
            throw FileProblem(path: error.path, message: error.message)
        }
    }

    var ports: Ports { Ports(authenticator: authenticator, authorizer: authorizer) }

    /// With TLS for the listeners that want it.
    func secured(_ configuration: BrokerConfiguration) -> BrokerConfiguration {
        var configuration = configuration
        for index in configuration.listeners.indices where configuration.listeners[index].url.isSecure {
            configuration.listeners[index].tls = tls
        }
        return configuration
    }

    var users: RunningUsers? { passwordFile.map { RunningUsers(path: $0) } }

    var rules: RunningRules? { accessFile.map { RunningRules(path: $0) } }

    /// All files whose changes matter.
    var paths: [String] {
        [source.file, passwordFile, accessFile].compactMap { $0 } + (tls?.settings.paths ?? [])
    }

    /// The rules of the access file, and of the configuration. What else has changed there has to wait for the
    /// next start.
    private func rereadRules(_ change: inout SecurityChange) throws(FileProblem) -> AccessRules? {
        var now = configuration
        if source.file != nil {
            let read = try source.load()
            now.access = read.access
            change.needsRestart = now != read
            guard now.hasAccessRules == configuration.hasAccessRules else {
                throw FileProblem(
                    path: source.file ?? "",
                    message: "whether there are rules at all cannot change while the broker runs")
            }
        }
        return authorizer == nil ? nil : try now.accessRules()
    }

    /// Reads all files again. If one is wrong, nothing changes.
    func reload() throws(FileProblem) -> SecurityChange {
        let users =
            if let passwordFile { try PasswordFile(contentsOf: passwordFile) } else { PasswordFile?.none }
        var change = SecurityChange()
        let rules = try rereadRules(&change)
        do {
            if let found = try tls?.reload() {
                change.isCertificateNew = found.certificate
                change.areClientAuthoritiesNew = found.clientAuthorities
            }
        } catch {
            throw FileProblem(path: error.path, message: error.message)
        }
        if let users, let authenticator { change.users = authenticator.replace(users) }
        if let rules, let authorizer { authorizer.replace(rules) }
        return change
    }
}

import MQTTAuth
import MQTTBroker

/// Who may come in and what they may do, from the files that the configuration names.
///
/// Where anything of that is configured, every client is looked at: one that gives a user name must be in the
/// password file. Without that file nobody can be, so no client can take a name that access rules are about.
final class Security: Sendable {
    let passwordFile: String?
    let accessFile: String?
    private let authenticator: PasswordAuthenticator?
    private let authorizer: AccessRuleAuthorizer?

    /// - Throws: the first thing that is wrong with a file.
    init(_ configuration: ServerConfiguration) throws(FileProblem) {
        passwordFile = configuration.passwordFile
        accessFile = configuration.accessFile
        authorizer =
            if let accessFile { AccessRuleAuthorizer(try AccessFile.rules(contentsOf: accessFile)) } else {
                nil
            }
        let users = if let passwordFile { try PasswordFile(contentsOf: passwordFile) } else { PasswordFile() }
        let isAsked = passwordFile != nil || accessFile != nil
        authenticator =
            isAsked
            ? PasswordAuthenticator(
                users, allowsAnonymous: passwordFile == nil || configuration.allowAnonymous) : nil
    }

    var ports: Ports { Ports(authenticator: authenticator, authorizer: authorizer) }
}

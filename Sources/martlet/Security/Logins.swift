import MQTTAuth
import MQTTBroker

/// The ways to log in of a running broker, and what they know, which can be replaced.
struct Logins: Sendable {
    private let passwords: PasswordLogin?
    private let scram: ScramLogin?
    private let tokens: TokenLogin?
    private let callout: CalloutLogin?
    let chain: AuthenticationChain
    /// Ways to log in, as ``Credentials/method`` has them.
    private let names: Set<String>
    private let namesByListener: [String: Set<String>]

    /// - Parameter trouble: is told why the web service could not be asked.
    init(
        _ configuration: ServerConfiguration, _ material: LoginMaterial,
        trouble: @escaping @Sendable (String) -> Void
    ) {
        passwords = material.users.map { PasswordLogin($0) }
        scram = material.users.map { ScramLogin($0) }
        tokens = material.tokenKeys.map { TokenLogin($0, configuration.authentication.tokens) }
        callout = configuration.authentication.callout.map { CalloutLogin($0, trouble: trouble) }
        let all: [LoginKind: (any LoginMethod)?] = [
            .certificate: CertificateLogin(), .anonymous: AnonymousLogin(), .password: passwords,
            .scram: scram, .jwt: tokens, .http: callout,
        ]
        let known = all.compactMapValues { $0 }
        var byListener: [String: [any LoginMethod]] = [:]
        for listener in configuration.listeners {
            guard let methods = listener.authentication else { continue }
            byListener[listener.name] = LoginKind.list(methods).compactMap { known[$0] }
        }
        let general = configuration.loginKinds.compactMap { known[$0] }
        chain = AuthenticationChain(general, byListener: byListener)
        names = Set(general.map(\.name))
        namesByListener = byListener.mapValues { Set($0.map(\.name)) }
    }

    /// Whether a connected client has come by a way that is still open.
    func accept(_ client: Event.Client, _ credentials: Credentials) -> Bool {
        let names = namesByListener[client.peer.listener] ?? names
        // Nobody was asked when it came: whatever name it gave, it has not shown to be that.
        guard !credentials.method.isEmpty else {
            return client.userName == nil && names.contains("anonymous")
        }
        return names.contains(credentials.method)
    }

    /// Takes other users and keys from now on. Returns the users who are gone or have another password.
    func replace(_ material: LoginMaterial) -> Set<MQTTString> {
        callout?.forget()
        if let keys = material.tokenKeys { tokens?.replace(keys) }
        guard let users = material.users else { return [] }
        scram?.replace(users)
        return passwords?.replace(users) ?? []
    }
}

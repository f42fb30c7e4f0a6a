import MQTTAuth

/// What logins are checked with, read from files as a whole.
struct LoginMaterial: Sendable {
    var users: PasswordFile?
    var tokenKeys: TokenKeys?

    /// - Throws: the first thing that is wrong with a file.
    init(_ configuration: ServerConfiguration) async throws(FileProblem) {
        if let path = configuration.passwordFile { users = try PasswordFile(contentsOf: path) }
        guard configuration.authentication.hasTokens else { return }
        do {
            tokenKeys = try await TokenKeys.load(
                secretFile: configuration.authentication.tokenSecret,
                keyFile: configuration.authentication.tokenKeys)
        } catch let problem as FileProblem {
            throw problem
        } catch {
            throw FileProblem(path: configuration.authentication.tokenKeys ?? "", message: "\(error)")
        }
    }
}

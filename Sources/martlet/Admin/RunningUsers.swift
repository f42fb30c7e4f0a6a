import MQTTAuth
import MQTTBroker
import MQTTManagement

/// The users of the password file, which the broker reads again when it has changed.
struct RunningUsers: UserControl {
    let path: String

    func users() async throws -> [UserValue] {
        try file().userNames.map { UserValue(name: $0.description) }
    }

    func setPassword(_ password: String, of user: String) async throws {
        if let reason = PasswordFile.objection(to: MQTTString(user)) { throw AdminError.refused(reason) }
        var users = try file()
        users.set(MQTTString(user), try PasswordHash(of: Array(password.utf8)))
        try users.save(to: path)
    }

    func remove(_ user: String) async throws -> Bool {
        var users = try file()
        guard users.remove(MQTTString(user)) else { return false }
        try users.save(to: path)
        return true
    }

    private func file() throws -> PasswordFile { try PasswordFile(contentsOf: path) }
}

import Hummingbird

extension Endpoints {
    static func users(_ management: Management) -> [Endpoint] {
        let name = Endpoint.Parameter.path("user", "The user's name.")
        @Sendable func users() throws -> any UserControl {
            guard let users = management.control.users() else {
                throw AdminError.unavailable("no authentication.password_file is configured")
            }
            return users
        }
        return [
            Endpoint(
                method: .get, path: "/users", name: "users", tag: "security", role: .admin,
                summary: "The users of the password file.", answer: UserList.self
            ) { _ in try .json(UserList(items: try await users().users())) },
            Endpoint(
                method: .put, path: "/users/{user}", name: "setPassword", tag: "security", role: .admin,
                summary:
                    "Adds a user, or gives one another password: whoever is connected by the old one is disconnected.",
                parameters: [name], body: PasswordValue.self
            ) { request in
                let password = try await request.body(PasswordValue.self).password
                guard !password.isEmpty else { throw AdminError.refused("the password is empty") }
                try await users().setPassword(password, of: try request.path("user"))
                return .done
            },
            Endpoint(
                method: .delete, path: "/users/{user}", name: "removeUser", tag: "security", role: .admin,
                summary: "Removes a user, and disconnects its clients.", parameters: [name]
            ) { request in
                let user = try request.path("user")
                guard try await users().remove(user) else {
                    throw AdminError.notFound("there is no user \(user)")
                }
                return .done
            },
        ]
    }

    static func rules(_ management: Management) -> [Endpoint] {
        @Sendable func rules() throws -> any RuleControl {
            guard let rules = management.control.rules() else {
                throw AdminError.unavailable("no access rules are configured")
            }
            return rules
        }
        return [
            Endpoint(
                method: .get, path: "/access-rules", name: "accessRules", tag: "security", role: .admin,
                summary: "What clients may do, as the file of rules has it.", answer: RulesValue.self
            ) { _ in try .json(try await rules().rules()) },
            Endpoint(
                method: .put, path: "/access-rules", name: "replaceAccessRules", tag: "security",
                role: .admin,
                summary: "Puts other rules in the place of all, if they are right as a whole.",
                body: RulesValue.self
            ) { request in
                try await rules().replace(try await request.body(RulesValue.self).text)
                return .done
            },
            Endpoint(
                method: .post, path: "/access-rules/explain", name: "explainAccess", tag: "security",
                role: .read, summary: "Whether a client may do something, and which rule says so.",
                body: AccessQuestion.self, answer: AccessAnswer.self
            ) { request in
                let question = try await request.body(AccessQuestion.self)
                request.note(question.summary)
                return try .json(try await rules().explain(question))
            },
        ]
    }
}

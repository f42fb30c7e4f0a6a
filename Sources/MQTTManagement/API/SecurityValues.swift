/// A user, without password.
public struct UserValue: AdminValue, Equatable {
    public var name: String

    public init(name: String) { self.name = name }

    static let example = Self(name: "anna")
}

struct UserList: AdminValue {
    var items: [UserValue]
    static let example = Self(items: [.example])
}

struct PasswordValue: AdminValue {
    var password: String
    static let example = Self(password: "correct horse battery staple")
}

/// Access rules, as their file has them.
public struct RulesValue: AdminValue, Equatable {
    public var file: String?
    public var text: String

    public init(file: String?, text: String) {
        self.file = file
        self.text = text
    }

    static let example = Self(file: "/etc/martlet/acl.txt", text: "user anna\ntopic readwrite house/#\n")
}

/// Whether a client may do something.
public struct AccessQuestion: AdminValue {
    /// What is asked about.
    public enum Operation: String, Codable, Sendable, CaseIterable, WordValue {
        case publish, subscribe
    }

    public var operation: Operation
    /// The topic, or the topic filter.
    public var topic: String
    public var user: String?
    public var client: String?

    /// For the audit log.
    var summary: String {
        "\(operation) \(topic)" + (user.map { ", user \($0)" } ?? "")
            + (client.map { ", client \($0)" } ?? "")
    }

    static let example = Self(operation: .publish, topic: "house/kitchen", user: "anna", client: "phone-17")
}

/// The answer to it, and the rule that gives it.
public struct AccessAnswer: AdminValue, Equatable {
    public var allowed: Bool
    public var because: String

    public init(allowed: Bool, because: String) {
        self.allowed = allowed
        self.because = because
    }

    static let example = Self(allowed: true, because: "acl.txt:2: topic readwrite house/#")
}

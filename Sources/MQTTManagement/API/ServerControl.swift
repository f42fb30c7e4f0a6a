/// What the program around the broker lets operators see and change. All of it is optional: what is nil answers
/// 501 Not Implemented.
public struct ServerControl: Sendable {
    public var certificates: @Sendable () async throws -> [CertificateValue] = { [] }
    /// Asked each time: there may be users and rules from some time on, or no more.
    public var users: @Sendable () -> (any UserControl)? = { nil }
    public var rules: @Sendable () -> (any RuleControl)? = { nil }
    public var configuration: (any ConfigurationControl)?
    public var logs: (any LogControl)?
    /// Makes a copy of what is stored, while the broker runs.
    public var backup: (@Sendable () async throws -> BackupFile)?
    /// Whether what the broker needs works, the store above all.
    public var isReady: @Sendable () -> Bool = { true }

    public init() {}
}

/// Users and their passwords.
public protocol UserControl: Sendable {
    func users() async throws -> [UserValue]
    /// Adds a user, or gives one another password.
    func setPassword(_ password: String, of user: String) async throws
    /// - Returns: whether there was such a user.
    func remove(_ user: String) async throws -> Bool
}

/// What clients may do.
public protocol RuleControl: Sendable {
    func rules() async throws -> RulesValue
    /// Puts others in their place, if they are right as a whole.
    func replace(_ text: String) async throws
    func explain(_ question: AccessQuestion) async throws -> AccessAnswer
}

/// The configuration that the broker runs with.
public protocol ConfigurationControl: Sendable {
    func running() async -> [SettingEntry]
    /// What a reload would change.
    func pending() async -> ConfigurationDifference
    /// Reads all sources again, and takes into use what can be: all of it or, if anything is wrong, nothing.
    func reload() async -> ConfigurationDifference
}

/// What is logged.
public protocol LogControl: Sendable {
    func levels() -> [LogLevelValue]
    /// - Returns: whether there is such an area and such a level.
    func set(_ level: String, of area: String) -> Bool
}

/// What ``AccessRules`` say, and which of them says so.
public enum AccessVerdict: Sendable, Hashable {
    case allowed(AccessRule)
    case denied(AccessRule)
    /// No rule allows it.
    case notAllowed

    public var isAllowed: Bool {
        if case .allowed = self { true } else { false }
    }

    /// Only what both allow is allowed.
    func and(_ other: @autoclosure () -> Self) -> Self { isAllowed ? other() : self }
}

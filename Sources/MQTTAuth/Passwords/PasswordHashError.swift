/// Why there is no ``PasswordHash``. The text that was read is never part of it.
public enum PasswordHashError: Error, Sendable, Equatable {
    /// A password in plain text, probably.
    case notHashed
    case unknownScheme(String)
    case malformed
    /// Out of ``PasswordHash/iterationBounds``.
    case iterations
    /// The cryptography library could not do it.
    case notComputed
}

extension PasswordHashError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notHashed:
            "the password is not hashed; hash all passwords of the file with: martlet passwd -U FILE"
        case .unknownScheme(let scheme):
            "the password is hashed by '$\(scheme)$', which is not known: there are $7$ (PBKDF2-SHA512) and $6$ "
                + "(SHA512); set the password anew with: martlet passwd FILE USER"
        case .malformed: "the password's hash is damaged"
        case .iterations:
            "the iterations must be from \(PasswordHash.iterationBounds.lowerBound) to "
                + "\(PasswordHash.iterationBounds.upperBound)"
        case .notComputed: "the password could not be hashed"
        }
    }
}

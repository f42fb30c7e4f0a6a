import MQTTCodec
import MQTTEngine
import Synchronization

/// Lets in who is in a ``PasswordFile`` and knows the password. Who is not in it may be somebody to the next in
/// the chain.
///
/// The file can be replaced while it runs. Somebody whose name is not in the file waits as long for the answer
/// as somebody with a wrong password, so names cannot be found out by trying.
public final class PasswordLogin: LoginMethod {
    public let name = "password"
    private let state: Mutex<State>
    private let workers: PasswordWorkers

    private struct State {
        var file: PasswordFile
        /// The names in a fixed order, for ``PasswordLogin/standIn(for:_:)``.
        var userNames: [MQTTString]
        var verified: VerifiedLogins
    }

    /// - Parameters:
    ///   - threads: at most so many passwords are verified at a time.
    ///   - waiting: clients beyond these are told that the broker is busy (0x89).
    ///   - remembered: verified logins that are remembered for when they come again.
    public init(_ file: PasswordFile, threads: Int = 2, waiting: Int = 16_384, remembered: Int = 100_000) {
        state = Mutex(
            State(file: file, userNames: file.userNames, verified: VerifiedLogins(capacity: remembered)))
        workers = PasswordWorkers(threads: threads, capacity: waiting)
    }

    /// Takes another file from now on, and returns the users who are gone or have another password.
    @discardableResult
    public func replace(_ file: PasswordFile) -> Set<MQTTString> {
        state.withLock { state in
            let changed = file.changedUserNames(from: state.file)
            state.file = file
            state.userNames = file.userNames
            if !changed.isEmpty { state.verified.removeAll() }
            return changed
        }
    }

    /// Logins that were verified before.
    public func knows(_ request: AuthenticationRequest) -> KnownLogin {
        guard request.method == nil, let userName = request.userName else { return .foreign }
        guard let password = request.password else { return .unknown }
        let proof = state.withLock { state in
            state.file.hash(of: userName).flatMap { state.verified.proof(of: userName, $0) }
        }
        guard let proof, proof.fits(password) else { return .unknown }
        return .accepted(.accepted(credentials: Credentials(method: name)))
    }

    public func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome? {
        guard request.method == nil, let userName = request.userName else { return nil }
        let accepted = AuthenticationOutcome.accepted(credentials: Credentials(method: name))
        let password = request.password ?? []
        let (hash, isKnown, proof) = state.withLock { state in
            guard let hash = state.file.hash(of: userName) else {
                return (Self.standIn(for: userName, state), false, VerifiedLogins.Proof?.none)
            }
            return (hash, true, state.verified.proof(of: userName, hash))
        }
        if let proof, proof.fits(password) { return accepted }
        guard let hash else { return nil }
        do {
            // When everybody comes back at once, the same login may have been verified while this one waited.
            let isRight = try await workers.run { [self] in
                let proof = isKnown ? state.withLock { $0.verified.proof(of: userName, hash) } : nil
                return proof?.fits(password) == true || hash.matches(password)
            }
            guard isKnown else { return nil }
            guard isRight, request.password != nil else { return .wrongPassword }
        } catch {
            return .refused(.serverBusy, reasonString: "too many clients are logging in; try again later")
        }
        return state.withLock { state in
            // The file may have changed in the meantime.
            guard state.file.hash(of: userName) == hash else { return .wrongPassword }
            state.verified.insert(userName, password, hash)
            return accepted
        }
    }

    /// The hash that is worked on for somebody who is not in the file: one of the file's, always the same for
    /// a name, so that it takes as long as that of any user.
    private static func standIn(for userName: MQTTString, _ state: State) -> PasswordHash? {
        guard !state.userNames.isEmpty else { return nil }
        // Hasher has a random key for each run of the program.
        let place = Int(UInt(bitPattern: userName.hashValue) % UInt(state.userNames.count))
        return state.file.hash(of: state.userNames[place])
    }
}

import MQTTScram
import NIOPosix
import Synchronization

/// SCRAM-SHA-256, RFC 7677: the password is not sent, and the server proves that it knows the user.
///
/// ```swift
/// configuration.authentication = .scramSHA256(userName: "anna", password: "secret")
/// ```
public final class ScramAuthentication: AuthenticationMethod {
    public let name = "SCRAM-SHA-256"
    private let userName: [UInt8]
    private let password: [UInt8]
    /// Those of the last exchange, which make the next one quick.
    private let keys = Mutex<ScramKeys?>(nil)

    public init(userName: String, password: String) {
        self.userName = Array(userName.utf8)
        self.password = Array(password.utf8)
    }

    public func begin() -> any AuthenticationExchange {
        Exchange(
            method: self,
            scram: ScramClient(userName: userName, password: password, keys: keys.withLock { $0 }))
    }

    private struct Exchange: AuthenticationExchange {
        let method: ScramAuthentication
        var scram: ScramClient

        mutating func first() throws -> [UInt8]? { try scram.clientFirst() }

        mutating func answer(to challenge: [UInt8]) async throws -> [UInt8] {
            let before = scram
            // The keys take thousands of rounds of hashing.
            let (after, answer) = try await NIOThreadPool.singleton.runIfActive {
                var scram = before
                let answer = try scram.received(serverFirst: challenge)
                return (scram, answer)
            }
            scram = after
            method.keys.withLock { $0 = after.keys }
            return answer
        }

        mutating func finish(_ data: [UInt8]?) throws { try scram.received(serverFinal: data ?? []) }
    }
}

extension AuthenticationMethod where Self == ScramAuthentication {
    public static func scramSHA256(userName: String, password: String) -> Self {
        ScramAuthentication(userName: userName, password: password)
    }
}

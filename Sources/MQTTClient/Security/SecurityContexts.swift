import NIOSSL
import Synchronization

/// What was read from the files of a ``TransportSecurity``: once for all clients that share a configuration.
final class SecurityContexts: Sendable {
    private struct Key: Hashable {
        let security: TransportSecurity
        let applicationProtocol: String
    }

    private let contexts = Mutex<[Key: NIOSSLContext]>([:])

    func context(
        for security: TransportSecurity, applicationProtocol: String
    ) throws(ClientError) -> NIOSSLContext {
        let key = Key(security: security, applicationProtocol: applicationProtocol)
        if let known = contexts.withLock({ $0[key] }) { return known }
        let context = try security.context(applicationProtocol: applicationProtocol)
        contexts.withLock { $0[key] = context }
        return context
    }

    /// Something failed: perhaps the files have changed.
    func forget() { contexts.withLock { $0.removeAll() } }
}

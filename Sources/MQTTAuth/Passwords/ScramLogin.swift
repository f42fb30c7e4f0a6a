import MQTTCodec
import MQTTEngine
import MQTTScram
import Synchronization

/// SCRAM-SHA-256 through AUTH, MQTT 5.0 section 4.12, with the verifiers of a ``PasswordFile``. The password never
/// crosses the network, and the server proves that it knows the user too.
///
/// Somebody without a verifier is challenged as if there were one, so names cannot be found out by trying.
public final class ScramLogin: LoginMethod {
    public let name = "scram"
    private let file: Mutex<PasswordFile>
    /// What imitated verifiers are made of.
    private let secret: [UInt8] = (0..<32).map { _ in UInt8.random(in: .min ... .max) }

    /// What is kept between the steps.
    private struct Exchange: Sendable {
        var server: ScramServer
        var userName: MQTTString
        var verifier: ScramVerifier?
    }

    public init(_ file: PasswordFile) { self.file = Mutex(file) }

    /// Takes another file from now on.
    public func replace(_ file: PasswordFile) { self.file.withLock { $0 = file } }

    public func knows(_ request: AuthenticationRequest) -> KnownLogin {
        isMeant(request) ? .unknown : .foreign
    }

    private func isMeant(_ request: AuthenticationRequest) -> Bool {
        request.method?.description == ScramSHA256.method
    }

    public func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome? {
        guard isMeant(request) else { return nil }
        let file = file.withLock { $0 }
        guard let iterations = file.scramIterations else { return nil }
        do throws(ScramError) {
            if request.step == .continuation, let exchange = request.exchange as? Exchange {
                return try finish(exchange, request, file)
            }
            guard let data = request.data else {
                // The client sends its first message when it is asked to.
                return .challenge(data: [])
            }
            return try begin(data, request, file, iterations)
        } catch {
            switch error {
            case .wrongProof: return .wrongPassword
            default: return .refused(.notAuthorized, reasonString: "\(error)")
            }
        }
    }

    private func begin(
        _ data: [UInt8], _ request: AuthenticationRequest, _ file: PasswordFile, _ iterations: Int
    ) throws(ScramError) -> AuthenticationOutcome {
        var server = ScramServer()
        let name = try server.received(clientFirst: data)
        let userName = MQTTString(String(decoding: name, as: UTF8.self))
        let verifier = file.scram(of: userName)
        let challenge = try server.challenge(
            verifier ?? ScramVerifier(imitatedFor: name, secret: secret, iterations: iterations))
        return .challenge(
            data: challenge, exchange: Exchange(server: server, userName: userName, verifier: verifier))
    }

    private func finish(
        _ exchange: Exchange, _ request: AuthenticationRequest, _ file: PasswordFile
    ) throws(ScramError) -> AuthenticationOutcome {
        var server = exchange.server
        let proof = try server.received(clientFinal: request.data ?? [])
        // The file may have changed in the meantime.
        guard let verifier = exchange.verifier, file.scram(of: exchange.userName) == verifier else {
            throw .wrongProof
        }
        return .accepted(
            userName: exchange.userName, data: proof, credentials: Credentials(method: name))
    }
}

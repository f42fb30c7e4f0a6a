import MQTTBroker
import MQTTClient
import MQTTScram
import NIOCore
import Synchronization
import Testing

/// Knows one user by SCRAM-SHA-256, and counts exchanges.
private final class ScramKeeper: Authenticator {
    private let verifier: ScramVerifier
    /// Says yes without a proof of its own, as somebody in between could.
    private let isImpostor: Bool
    private let exchanges = Mutex<[ConnectionID: ScramServer]>([:])
    let steps = Mutex<[AuthenticationRequest.Step]>([])

    init(isImpostor: Bool = false) throws {
        verifier = try ScramVerifier(password: Array("secret".utf8), iterations: 4_096)
        self.isImpostor = isImpostor
    }

    func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
        guard request.method == "SCRAM-SHA-256", let data = request.data else {
            return .refused(.badAuthenticationMethod)
        }
        steps.withLock { $0.append(request.step) }
        do {
            if request.step == .continuation {
                guard var exchange = exchanges.withLock({ $0[request.connection] }) else {
                    return .refused(.protocolError)
                }
                let proof = try exchange.received(clientFinal: data)
                return .accepted(userName: "anna", data: isImpostor ? Array("v=AAAA".utf8) : proof)
            }
            var exchange = ScramServer()
            guard try exchange.received(clientFirst: data) == Array("anna".utf8) else {
                return .refused(.notAuthorized)
            }
            let challenge = try exchange.challenge(verifier)
            exchanges.withLock { $0[request.connection] = exchange }
            return .challenge(data: challenge)
        } catch {
            return .refused(.notAuthorized)
        }
    }
}

@Suite("Enhanced authentication of a client", .timeLimit(.minutes(1)))
struct EnhancedAuthenticationTests {
    @Test("SCRAM-SHA-256 lets in who knows the password, and again and again")
    func scram() async throws {
        let keeper = try ScramKeeper()
        try await LiveServer.with(ports: Ports(authenticator: keeper)) { server in
            let configuration = try server.configuration {
                $0.authentication = .scramSHA256(userName: "anna", password: "secret")
            }
            for _ in 0..<2 {
                try await MQTTClient.withConnection(configuration) { client in
                    try await client.publish("t", "x", qos: .exactlyOnce)
                    try await client.reauthenticate()
                    try await client.publish("t", "y", qos: .exactlyOnce)
                }
            }
            let steps = keeper.steps.withLock { $0 }
            #expect(
                steps == [
                    .connect, .continuation, .reauthentication, .continuation, .connect, .continuation,
                    .reauthentication, .continuation,
                ])
        }
    }

    @Test("A wrong password is refused, and a server that knows none is left before anything is said")
    func refusal() async throws {
        try await LiveServer.with(ports: Ports(authenticator: try ScramKeeper())) { server in
            let wrong = MQTTClient(
                try server.configuration {
                    $0.authentication = .scramSHA256(userName: "anna", password: "guess")
                })
            let error = await #expect(throws: ClientError.self) { try await wrong.connect(retrying: true) }
            #expect("\(error, default: "none")".hasPrefix("the server refused the connection"))
        }
        try await LiveServer.with(ports: Ports(authenticator: try ScramKeeper(isImpostor: true))) { server in
            let client = MQTTClient(
                try server.configuration {
                    $0.authentication = .scramSHA256(userName: "anna", password: "secret")
                })
            let error = await #expect(throws: ClientError.self) { try await client.connect(retrying: true) }
            #expect("\(error, default: "none")".hasPrefix("the authentication failed"))
        }
    }

    @Test("There is no re-authentication without an authentication")
    func without() async throws {
        try await LiveServer.with { server in
            try await server.client { client in
                await #expect(throws: ClientError.self) { try await client.reauthenticate() }
                try await client.publish("t", "x", qos: .atLeastOnce)
            }
        }
    }
}

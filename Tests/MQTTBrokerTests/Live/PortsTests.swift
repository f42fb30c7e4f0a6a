import MQTTBroker
import NIOCore
import Synchronization
import Testing

/// Hooks for authentication and authorisation.
@Suite(.timeLimit(.minutes(1))) struct PortsTests {
    private struct Doorkeeper: Authenticator {
        func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
            await Task.yield()
            return request.userName == "ada"
                ? .accepted() : .refused(.notAuthorized, reasonString: "who are you?")
        }
    }

    private struct Rules: Authorizer {
        func decision(_ request: AccessRequest) -> AccessDecision {
            switch request.operation {
            case .publish(let topic, _, _): topic == "later" ? .undecided : topic == "open" ? .allow : .deny
            case .subscribe(let filter, _): filter.string == "later" ? .undecided : .allow
            case .receive: .allow
            }
        }

        func decide(_ request: AccessRequest) async -> Bool {
            await Task.yield()
            return request.userName == "ada"
        }
    }

    @Test("an authenticator decides who comes in")
    func authenticates() async throws {
        try await RunningBroker.with(.tcp, ports: Ports(authenticator: Doorkeeper())) { running in
            let ada = try await running.client()
            #expect(try await ada.connect("1", userName: "ada").reasonCode == .success)
            let mallory = try await running.client()
            #expect(try await mallory.connect("2", userName: "mallory").reasonCode == .notAuthorized)
            try await mallory.expectEnd()
            try await ada.ping()
        }
    }

    /// Everybody is who they say they are.
    private struct Credulous: Authenticator {
        func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome { .accepted() }
    }

    @Test("a client identifier in use, or whose session waits, belongs to its user")
    func identifiers() async throws {
        try await RunningBroker.with(.tcp, ports: Ports(authenticator: Credulous())) { running in
            let ada = try await running.client()
            try await ada.connect("1", userName: "ada", properties: [.sessionExpiryInterval(100)])
            for user in ["mallory", nil] as [MQTTString?] {
                let other = try await running.client()
                #expect(try await other.connect("1", userName: user).reasonCode == .notAuthorized)
                try await other.expectEnd()
            }
            try await ada.ping()
            try await ada.disconnect()
            let mallory = try await running.client()
            let refused = try await mallory.connect("1", cleanStart: false, userName: "mallory")
            #expect(refused.reasonCode == .notAuthorized)
            let again = try await running.client()
            #expect(try await again.connect("1", cleanStart: false, userName: "ada").sessionPresent)
        }
    }

    /// Allows what does not begin with what is forbidden now.
    private final class Changing: Authorizer {
        let forbidden = Mutex<String>("-")

        func decision(_ request: AccessRequest) -> AccessDecision {
            let topic =
                switch request.operation {
                case .publish(let topic, _, _), .receive(let topic): topic
                case .subscribe(let filter, _): filter.string
                }
            return topic.description.hasPrefix(forbidden.withLock { $0 }) ? .deny : .allow
        }
    }

    @Test("reviewRights: who lost a right leaves with 0x87 and without it, everybody else notices nothing")
    func review() async throws {
        let rules = Changing()
        let ports = Ports(authenticator: Credulous(), authorizer: rules)
        try await RunningBroker.with(.tcp, ports: ports) { running in
            var clients: [String: TestClient] = [:]
            for (user, filter) in [("ada", "house/a"), ("bob", "secret/#"), ("cy", "house/#"), ("dan", "x")] {
                let client = try await running.client()
                try await client.connect(
                    MQTTString(user), userName: MQTTString(user), properties: [.sessionExpiryInterval(100)])
                try await client.subscribe(MQTTString(filter))
                clients[user] = client
            }
            let ada = try #require(clients["ada"])
            let dan = try #require(clients["dan"])
            try await dan.disconnect()
            try await ada.send(
                .publish(Publish(topicName: "secret/x", qos: .atLeastOnce, packetIdentifier: 5)))
            guard case .acknowledgement(let before) = try await ada.next() else {
                throw TestClient.Unexpected()
            }
            #expect(!before.reasonCode.isFailure)
            let bob = try #require(clients["bob"])
            _ = try await bob.message()
            try await bob.ping()

            rules.forbidden.withLock { $0 = "secret" }
            try await running.broker.reviewRights { $0.userName == "cy" }
            for user in ["bob", "cy"] {
                let client = try #require(clients[user])
                guard case .disconnect(let packet) = try await client.next() else {
                    throw TestClient.Unexpected()
                }
                #expect(packet.reasonCode == .notAuthorized)
                try await client.expectEnd()
            }
            try await ada.send(
                .publish(Publish(topicName: "secret/x", qos: .atLeastOnce, packetIdentifier: 5)))
            guard case .acknowledgement(let after) = try await ada.next() else {
                throw TestClient.Unexpected()
            }
            #expect(after.reasonCode == .notAuthorized, "what was allowed before is asked anew")

            // The sessions are there still, one with its subscription and one without.
            rules.forbidden.withLock { $0 = "-" }
            for (user, isSubscribed) in [("bob", false), ("dan", true)] {
                let client = try await running.client()
                let connack = try await client.connect(
                    MQTTString(user), cleanStart: false, userName: MQTTString(user))
                #expect(connack.sessionPresent)
                try await client.send(
                    .unsubscribe(Unsubscribe(packetIdentifier: 3, ["secret/#", "x"])))
                guard case .subscriptionAcknowledgement(let answer) = try await client.next() else {
                    throw TestClient.Unexpected()
                }
                #expect(answer.reasonCodes.contains(.success) == isSubscribed, "\(user)")
            }
        }
    }

    @Test("an authorizer decides what a client may do, at once or later")
    func authorizes() async throws {
        let ports = Ports(authenticator: Doorkeeper(), authorizer: Rules())
        try await RunningBroker.with(.tcp, ports: ports) { running in
            let ada = try await running.client()
            try await ada.connect("1", userName: "ada")
            try await ada.subscribe("later")
            try await ada.send(.publish(Publish(topicName: "later", payload: ByteBuffer(string: "x"))))
            #expect(try await ada.message().topicName == "later")
            try await ada.send(.publish(Publish(topicName: "closed", qos: .atLeastOnce, packetIdentifier: 5)))
            guard case .acknowledgement(let puback) = try await ada.next() else {
                throw TestClient.Unexpected()
            }
            #expect(puback.reasonCode == .notAuthorized)
        }
    }

    /// Lets nobody in until it is told to.
    private actor SlowDoorkeeper: Authenticator {
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private let arrived: AsyncStream<Void>.Continuation

        init(_ arrived: AsyncStream<Void>.Continuation) { self.arrived = arrived }

        func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
            guard request.clientIdentifier == "waits" else { return .accepted() }
            await withCheckedContinuation {
                waiting.append($0)
                arrived.yield()
            }
            return .accepted()
        }

        func open() { for continuation in waiting { continuation.resume() } }
    }

    @Test("while an authenticator thinks, only the client in question waits")
    func onlyOneWaits() async throws {
        let (arrivals, continuation) = AsyncStream.makeStream(of: Void.self)
        let doorkeeper = SlowDoorkeeper(continuation)
        try await RunningBroker.with(.tcp, ports: Ports(authenticator: doorkeeper)) { running in
            let waiting = try await running.client()
            let connack = Task { try await waiting.connect("waits") }
            for await _ in arrivals { break }
            let other = try await running.connected("other")
            try await other.ping()
            await doorkeeper.open()
            #expect(try await connack.value.reasonCode == .success)
        }
    }

    @Test("an answer that comes after its client has gone, or the broker, disturbs nobody")
    func lateAnswer() async throws {
        let (arrivals, continuation) = AsyncStream.makeStream(of: Void.self)
        let doorkeeper = SlowDoorkeeper(continuation)
        try await RunningBroker.with(.tcp, ports: Ports(authenticator: doorkeeper)) { running in
            let waiting = try await running.client()
            try await waiting.send(.connect(Connect(clientIdentifier: "waits")))
            for await _ in arrivals { break }
            await waiting.stream.close()
            let other = try await running.connected("other")
            await doorkeeper.open()
            try await other.ping()
        }
    }

    @Test("the broker's own process is let in and may do everything")
    func trustsItself() async throws {
        let ports = Ports(authenticator: Doorkeeper(), authorizer: Rules())
        try await RunningBroker.with(.inProcess, ports: ports) { running in
            let subscription = try await running.broker.subscribe("closed")
            try await running.broker.publish(
                topic: "closed", payload: ByteBuffer(string: "x"), qos: .atLeastOnce)
            var messages = subscription.makeAsyncIterator()
            #expect(try await messages.next()?.payload == ByteBuffer(string: "x"))
        }
    }
}

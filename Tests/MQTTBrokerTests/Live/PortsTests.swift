import MQTTBroker
import NIOCore
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

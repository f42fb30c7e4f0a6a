import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("The right to receive: routes, retained messages, queues and wills")
struct ReceiveRightTests {
    private static func refusesSecrets(_ request: AccessRequest) -> AccessDecision {
        guard case .receive(let topic) = request.operation else { return .allow }
        return topic == "a/secret" ? .deny : .allow
    }

    private func harness() -> EngineHarness {
        let harness = EngineHarness(authorizes: true)
        harness.authorizer.filtersMessages = true
        harness.authorizer.decide(by: Self.refusesSecrets)
        return harness
    }

    @Test(
        "A message that a subscriber may not receive goes to the others alone, at every QoS",
        arguments: QoS.allCases)
    func routes(qos: QoS) {
        let harness = harness()
        harness.authorizer.decide {
            $0.clientIdentifier == "alice" ? Self.refusesSecrets($0) : .allow
        }
        let alice = harness.connected("alice"), bob = harness.connected("bob")
        alice.subscribe("a/#", qos: .exactlyOnce)
        bob.subscribe("a/#", qos: .exactlyOnce)
        let carol = harness.connected("carol")
        for topic in ["a/open", "a/secret", "a/open", "a/secret"] as [MQTTString] {
            carol.publishCompletely(topic, "x", qos: qos)
        }
        #expect(alice.takeMessages().map(\.topicName) == ["a/open", "a/open"])
        #expect(bob.takeMessages().count == 4)
    }

    @Test("Who hears nobody because of rights is told that nobody heard")
    func noMatch() {
        let harness = harness()
        let alice = harness.connected("alice"), bob = harness.connected("bob")
        alice.subscribe("a/#")
        #expect(bob.publish("a/secret", "x", qos: .atLeastOnce)?.reasonCode == .noMatchingSubscribers)
        #expect(alice.takeMessages().isEmpty)
    }

    @Test("Retained messages are left out too")
    func retained() {
        let harness = harness()
        let bob = harness.connected("bob")
        bob.publish("a/open", "x", retain: true)
        bob.publish("a/secret", "x", retain: true)
        let alice = harness.connected("alice")
        alice.subscribe("a/#")
        #expect(alice.takeMessages().map(\.topicName) == ["a/open"])
    }

    @Test("The right is asked about once for a route, not for each message")
    func cached() {
        let harness = harness()
        let alice = harness.connected("alice"), bob = harness.connected("bob")
        alice.subscribe("a/#")
        for _ in 0..<100 { bob.publish("a/open", "x") }
        let asked = harness.authorizer.requests.filter { $0.operation == .receive(topic: "a/open") }
        #expect(asked.count == 1)
        #expect(alice.takeMessages().count == 100)
    }

    @Test("Without the filter nobody is asked about messages")
    func withoutFilter() {
        let harness = harness()
        harness.authorizer.filtersMessages = false
        let alice = harness.connected("alice"), bob = harness.connected("bob")
        alice.subscribe("a/#")
        bob.publish("a/secret", "x")
        #expect(alice.takeMessages().count == 1)
        #expect(!harness.authorizer.requests.contains { $0.operation == .receive(topic: "a/secret") })
    }

    @Test("What waits for a client that is away is asked about when it comes back", arguments: [true, false])
    func resumed(filters: Bool) {
        let harness = harness()
        harness.authorizer.filtersMessages = filters
        harness.authorizer.decide { _ in .allow }
        let alice = harness.client("alice")
        alice.connect(sessionExpiry: 100)
        alice.subscribe("a/#", qos: .exactlyOnce)
        alice.loseConnection()
        let bob = harness.connected("bob")
        for qos in [QoS.atLeastOnce, .exactlyOnce] {
            bob.publishCompletely("a/open", "x", qos: qos)
            bob.publishCompletely("a/secret", "x", qos: qos)
        }
        harness.authorizer.decide(by: Self.refusesSecrets)
        let again = alice.again()
        #expect(again.resume()?.sessionPresent == true)
        #expect(again.takeMessages().map(\.topicName) == ["a/open", "a/open"])
        #expect(harness.drops(.notAuthorized) == 2)
        #expect(harness.counters.queuedMessages == 0)
    }

    @Test("What waits on the disk alone is asked about when it is read")
    func onDisk() {
        let harness = EngineHarness(authorizes: true, durable: true) { $0.limits.queueWindow = 4 }
        let alice = harness.client("alice"), bob = harness.connected("bob")
        alice.resume()
        alice.subscribe("a/#", qos: .atLeastOnce)
        alice.loseConnection()
        for number in 0..<40 {
            bob.publishCompletely(
                number.isMultiple(of: 2) ? "a/open" : "a/secret", "\(number)", qos: .atLeastOnce)
        }
        #expect(harness.counters.queuedOnDisk > 20)
        harness.authorizer.decide(by: Self.refusesSecrets)
        let again = alice.again()
        again.acknowledges = true
        again.resume()
        #expect(again.takeMessages().map(\.topicName) == Array(repeating: "a/open", count: 20))
        #expect(harness.drops(.notAuthorized) == 20)
        #expect(harness.counters.queuedMessages == 0)
    }

    @Test("What a client may publish is asked about once, and again when rules change")
    func publishing() {
        let harness = EngineHarness(authorizes: true)
        let bob = harness.connected("bob")
        func asked() -> Int { harness.authorizer.requests.count }
        for _ in 0..<50 { bob.publishCompletely("a", "x", qos: .atLeastOnce) }
        #expect(asked() == 1)
        bob.publish("a", "x", retain: true)
        #expect(asked() == 2)
        for number in 0..<100 { bob.publishCompletely(MQTTString("b/\(number)"), "x", qos: .atLeastOnce) }
        for number in 0..<100 { bob.publishCompletely(MQTTString("b/\(number)"), "x", qos: .atLeastOnce) }
        #expect(asked() == 102)
        harness.authorizer.decide { _ in .deny }
        #expect(bob.publish("a", "x", qos: .atLeastOnce)?.reasonCode == .noMatchingSubscribers)
        harness.reviewRights()
        #expect(bob.publish("a", "x", qos: .atLeastOnce)?.reasonCode == .notAuthorized)
    }

    @Test("New rules take what is queued for clients that are away, and routes that are known")
    func review() {
        let harness = harness()
        harness.authorizer.decide { _ in .allow }
        let alice = harness.client("alice"), bob = harness.connected("bob")
        alice.connect(sessionExpiry: 100)
        alice.subscribe("a/#", qos: .atLeastOnce)
        let carol = harness.connected("carol")
        carol.subscribe("a/#")
        alice.loseConnection()
        bob.publishCompletely("a/secret", "x", qos: .atLeastOnce)
        #expect(carol.takeMessages().count == 1)
        #expect(harness.counters.queuedMessages == 1)
        harness.authorizer.decide(by: Self.refusesSecrets)
        harness.reviewRights()
        #expect(harness.counters.queuedMessages == 0)
        #expect(harness.drops(.notAuthorized) == 1)
        bob.publish("a/secret", "x")
        bob.publish("a/open", "x")
        #expect(carol.takeMessages().map(\.topicName) == ["a/open"])
    }

    @Test(
        "A subscription that is lost ends; whether its client is disconnected is configured",
        arguments: [true, false])
    func lostSubscription(disconnects: Bool) {
        let harness = EngineHarness(authorizes: true) { $0.disconnectsOnLostSubscription = disconnects }
        let alice = harness.connected("alice"), bob = harness.connected("bob")
        alice.subscribe("a/#")
        alice.subscribe("b")
        harness.authorizer.decide {
            if case .subscribe(let filter, _) = $0.operation, filter.string == "a/#" { .deny } else { .allow }
        }
        harness.reviewRights()
        if disconnects {
            expectDisconnected(alice, .notAuthorized)
        } else {
            bob.publish("a/x", "x")
            bob.publish("b", "x")
            #expect(alice.takeMessages().map(\.topicName) == ["b"])
        }
        #expect(bob.ping())
    }

    @Test("What one member of a shared subscription may not receive any more another gets")
    func shared() {
        let harness = EngineHarness(authorizes: true)
        let alice = harness.client("alice"), bob = harness.client("bob")
        for client in [alice, bob] {
            client.connect(sessionExpiry: 100, properties: [.receiveMaximum(1)])
            client.subscribe("$share/g/a/#", qos: .atLeastOnce)
        }
        let carol = harness.connected("carol")
        for number in 0..<6 { carol.publishCompletely("a/\(number)", "x", qos: .atLeastOnce) }
        let first = bob.takeMessages()
        #expect(first.count == 1 && alice.takeMessages().count == 1)
        harness.authorizer.decide {
            guard $0.clientIdentifier == "alice" else { return .allow }
            if case .publish = $0.operation { return .allow }
            return .deny
        }
        harness.reviewRights()
        expectDisconnected(alice, .notAuthorized)
        bob.acknowledges = true
        bob.puback(first[0].packetIdentifier)
        // All but the one that alice has got before.
        #expect(bob.takeMessages().count == 4)
        #expect(harness.drops(.notAuthorized) == 0)
    }

    @Test("A will is not published by a user who has lost the right since")
    func will() {
        let harness = EngineHarness(authorizes: true)
        let alice = harness.client("alice"), bob = harness.connected("bob")
        bob.subscribe("#")
        alice.connect(will: Will(topic: "a/will", payload: [1]))
        harness.authorizer.decide {
            if case .publish = $0.operation { .deny } else { .allow }
        }
        alice.loseConnection()
        #expect(bob.takeMessages().isEmpty)
        #expect(harness.drops(.notAuthorized) == 1)
    }
}

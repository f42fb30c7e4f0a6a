import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Full queues and slow readers")
struct QueuePolicyTests {
    @Test(
        "end-session: a full queue ends the session of a client that is away, and Session Present 0 tells it")
    func endSession() {
        let harness = EngineHarness { $0.limits.queueMessages = 3 }
        let client = away(harness)
        let bob = harness.connected("bob")
        for index in 0..<3 {
            #expect(bob.publish("a", "\(index)", qos: .atLeastOnce)?.reasonCode == .success)
        }
        #expect(harness.counters.sessions == 2)
        bob.publish("a", "3", qos: .atLeastOnce)
        #expect(harness.counters.sessions == 1)
        #expect(harness.counters.storedMessages == 0)
        #expect(harness.drops(.sessionEnded) >= 3)
        #expect(harness.events.contains(.sessionEnded(clientIdentifier: "alice", .queueFull)))
        let again = client.again()
        #expect(again.resume()?.sessionPresent == false)
        #expect(again.messages.isEmpty)
    }

    @Test("drop-oldest: the newest messages stay, and every drop is counted and reported")
    func dropOldest() {
        let harness = EngineHarness {
            $0.limits.queueMessages = 3
            $0.offlineQueuePolicy = .dropOldest
        }
        let client = away(harness)
        let bob = harness.connected("bob")
        for index in 0..<8 { bob.publish("a", "\(index)", qos: .atLeastOnce) }
        #expect(harness.drops(.queueFull) == 5)
        let again = client.again()
        #expect(again.resume()?.sessionPresent == true)
        #expect(again.payloads == ["5", "6", "7"])
        let reported = harness.events.reduce(0) { sum, event in
            if case .messagesDropped("alice", .queueFull, let count) = event { sum + count } else { sum }
        }
        harness.advance(seconds: 60)
        let later = harness.events.reduce(0) { sum, event in
            if case .messagesDropped("alice", .queueFull, let count) = event { sum + count } else { sum }
        }
        #expect(later == 5 && reported <= 5)
    }

    @Test(
        "reject-newest: 0x97 before anyone is given the message", arguments: [QoS.atLeastOnce, .exactlyOnce])
    func rejectNewest(qos: QoS) {
        let harness = EngineHarness {
            $0.limits.queueMessages = 2
            $0.offlineQueuePolicy = .rejectNewest
        }
        let client = away(harness, qos: qos)
        let live = harness.connected("live")
        live.subscribe("a", qos: qos)
        let bob = harness.connected("bob")
        for index in 0..<2 { #expect(bob.publishCompletely("a", "\(index)", qos: qos)) }
        #expect(bob.publish("a", "2", qos: qos, retain: true)?.reasonCode == .quotaExceeded)
        #expect(bob.isOpen)
        #expect(live.payloads == ["0", "1"], "all or nothing")
        #expect(harness.counters.retainedMessages == 0)
        let again = client.again()
        again.acknowledges = true
        again.resume()
        #expect(again.payloads == ["0", "1"])
        #expect(bob.publishCompletely("a", "3", qos: qos))
        #expect(again.payloads == ["0", "1", "3"])
    }

    @Test(
        "reject-newest: a 3.x publisher waits until there is room",
        arguments: [ProtocolVersion.v3_1, .v3_1_1])
    func rejectNewestBefore5(version: ProtocolVersion) {
        let harness = EngineHarness {
            $0.limits.queueMessages = 2
            $0.offlineQueuePolicy = .rejectNewest
            $0.limits.publisherHoldTime = 30_000
        }
        let client = away(harness)
        let bob = harness.connected("bob", version)
        for index in 0..<2 { #expect(bob.publish("a", "\(index)", qos: .atLeastOnce) != nil) }
        #expect(bob.publish("a", "2", qos: .atLeastOnce) == nil)
        harness.advance(seconds: 10)
        #expect(bob.isOpen)
        let again = client.again()
        again.acknowledges = true
        again.resume()
        #expect(again.payloads == ["0", "1", "2"])
        #expect(bob.takeAcknowledgement(.puback) != nil)
        #expect(bob.ping())
    }

    @Test("reject-newest: a 3.x publisher is cut off after its time")
    func rejectNewestTimesOut() {
        let harness = EngineHarness {
            $0.limits.queueMessages = 1
            $0.offlineQueuePolicy = .rejectNewest
            $0.limits.publisherHoldTime = 30_000
        }
        let client = away(harness)
        let bob = harness.connected("bob", .v3_1_1)
        bob.publish("a", "0", qos: .atLeastOnce)
        bob.publish("a", "1", qos: .atLeastOnce)
        harness.advance(seconds: 32)
        #expect(bob.isClosed)
        let again = client.again()
        again.resume()
        #expect(again.payloads == ["0"])
    }

    @Test(
        "hold-publishers: publishers to a full queue wait, nothing is lost, and their acknowledgements still count",
        arguments: [QoS.atLeastOnce, .exactlyOnce])
    func holdPublishers(qos: QoS) {
        let harness = EngineHarness {
            $0.limits.queueMessages = 3
            $0.limits.inFlight = 1
        }
        let client = harness.connected("alice")
        client.subscribe("a", qos: qos)
        let bob = harness.connected("bob")
        let carol = harness.connected("carol")
        for index in 0..<20 { bob.publish("a", "\(index)", qos: qos) }
        #expect(client.payloads == ["0"])
        #expect(harness.counters.queuedMessages <= 4)
        let answer = qos == .atLeastOnce ? PacketType.puback : .pubrec
        #expect(bob.takeAcknowledgement(answer, 20) == nil)
        #expect(carol.publish("b", qos: .atLeastOnce) != nil, "others go on")
        #expect(harness.events.contains(.publishersHeld(by: "alice")))
        client.acknowledges = true
        // Its first message came before it answered by itself.
        let first = client.messages[0].packetIdentifier
        if qos == .atLeastOnce { client.puback(first) } else { client.pubrec(first) }
        #expect(client.payloads == (0..<20).map(String.init))
        #expect(bob.takeAcknowledgement(answer, 20) != nil)
        #expect(harness.events.contains(.publishersReleased(by: "alice")))
        #expect(bob.ping())
        #expect(harness.counters.drops.allSatisfy { $0 == 0 })
    }

    @Test("hold-publishers: two clients that flood each other both get everything")
    func mutual() {
        let harness = EngineHarness {
            $0.limits.queueMessages = 3
            $0.limits.inFlight = 1
        }
        let alice = harness.connected("alice")
        let bob = harness.connected("bob")
        alice.subscribe("to/alice", qos: .atLeastOnce)
        bob.subscribe("to/bob", qos: .atLeastOnce)
        for index in 0..<30 {
            alice.publish("to/bob", "\(index)", qos: .atLeastOnce)
            bob.publish("to/alice", "\(index)", qos: .atLeastOnce)
        }
        alice.acknowledges = true
        bob.acknowledges = true
        for client in [alice, bob] { client.messages.first.map { client.puback($0.packetIdentifier) } }
        #expect(alice.payloads == (0..<30).map(String.init))
        #expect(bob.payloads == (0..<30).map(String.init))
    }

    @Test("A queue is bounded by bytes as well")
    func bytes() {
        let harness = EngineHarness {
            $0.limits.queueBytes = 5_000
            $0.offlineQueuePolicy = .dropOldest
        }
        let client = away(harness)
        let bob = harness.connected("bob")
        for index in 0..<20 {
            bob.publish("a", "\(index) " + String(repeating: "x", count: 1_000), qos: .atLeastOnce)
        }
        let again = client.again()
        again.resume()
        #expect(again.messages.count >= 2 && again.messages.count <= 5)
        #expect(again.payloads.last?.hasPrefix("19 ") == true)
        #expect(harness.drops(.queueFull) == UInt64(20 - again.messages.count))
    }

    @Test("A client that does not read is bounded, then cut off; others go on and nothing accepted is lost")
    func slowReader() {
        let harness = EngineHarness {
            $0.limits.outgoingBytes = 10_000
            $0.limits.queueMessages = 20
            $0.limits.slowReaderTime = 20_000
            $0.offlineQueuePolicy = .rejectNewest
        }
        let slow = harness.client("slow")
        slow.resume()
        slow.subscribe("a", qos: .atLeastOnce)
        slow.isWritable = false
        let bob = harness.connected("bob")
        let payload = String(repeating: "x", count: 1_000)
        for index in 0..<50 { bob.publish("a", "\(index) \(payload)", qos: .atLeastOnce) }
        #expect(slow.messages.isEmpty)
        #expect(harness.counters.storedBytes < 40_000, "memory is bounded")
        let other = harness.connected("other")
        #expect(other.publish("b", qos: .atLeastOnce) != nil)
        harness.advance(seconds: 15)
        #expect(slow.isOpen)
        harness.advance(seconds: 10)
        expectDisconnected(slow, .quotaExceeded)
        #expect(bob.ping())
        var accepted: [UInt16] = []
        for index in 1..<51 {
            // The first ones were taken when they were published.
            let puback = bob.takeAcknowledgement(.puback, UInt16(index))
            if puback?.reasonCode.isFailure != true { accepted.append(UInt16(index)) }
        }
        let again = slow.again()
        again.acknowledges = true
        #expect(again.resume()?.sessionPresent == true)
        #expect(again.payloads.map { $0.prefix { $0 != " " } } == accepted.map { "\($0 - 1)" })
        #expect(accepted.count >= 20 && accepted.count < 50)
    }

    @Test("QoS 0 for a client that does not read is held back or dropped and counted, in bounded memory")
    func slowReaderAtQoS0() {
        let harness = EngineHarness { $0.limits.outgoingBytes = 10_000 }
        let slow = harness.connected("slow")
        slow.subscribe("a")
        slow.isWritable = false
        let bob = harness.connected("bob")
        let payload = String(repeating: "x", count: 1_000)
        for index in 0..<100 { bob.publish("a", "\(index) \(payload)") }
        slow.isWritable = true
        let numbers = slow.payloads.compactMap { Int($0.prefix { $0 != " " }) }
        #expect(numbers == numbers.sorted())
        #expect(UInt64(numbers.count) + harness.drops(.slowReader) == 100)
        #expect(bob.ping() && slow.ping())
    }

    @Test("[MQTT-3.3.4-10] Answers to a client are not held up by a full queue")
    func answersUnderPressure() {
        let harness = EngineHarness {
            $0.limits.queueMessages = 2
            $0.limits.inFlight = 1
        }
        let client = harness.connected("alice")
        client.subscribe("a", qos: .atLeastOnce)
        let bob = harness.connected("bob")
        for index in 0..<10 { bob.publish("a", "\(index)", qos: .atLeastOnce) }
        #expect(client.ping())
        #expect(client.subscribe("b") == .success)
        #expect(client.publish("c", qos: .atLeastOnce) != nil)
    }

    @Test("The bound on all stored bytes makes every queue count as full")
    func storedBytes() {
        let harness = EngineHarness {
            $0.limits.storedBytes = 20_000
            $0.limits.queueWindow = 1_024
            $0.limits.queueMemory = 1 << 30
            $0.offlineQueuePolicy = .rejectNewest
        }
        let client = away(harness)
        let bob = harness.connected("bob")
        let payload = String(repeating: "x", count: 1_000)
        var accepted = 0
        for _ in 0..<50 {
            guard bob.publish("a", payload, qos: .atLeastOnce)?.reasonCode == .success else { continue }
            accepted += 1
        }
        #expect(accepted > 5 && accepted <= 20)
        #expect(harness.counters.storedBytes <= 20_000 + 1_001, "no more than one message beyond it")
        let again = client.again()
        again.acknowledges = true
        again.resume()
        #expect(again.messages.count == accepted)
        #expect(bob.publish("a", payload, qos: .atLeastOnce)?.reasonCode == .success)
    }

    @Test(
        "Small messages fill the memory with what it takes to keep them, and many receivers with what they wait for"
    )
    func smallMessages() {
        let harness = EngineHarness(durable: false) {
            $0.limits.storedBytes = 100_000
            $0.offlineQueuePolicy = .rejectNewest
        }
        let sleepers = (0..<4).map { harness.client("sleeper\($0)") }
        for sleeper in sleepers {
            sleeper.resume()
            sleeper.subscribe("a", qos: .atLeastOnce)
            sleeper.subscribe(sleeper === sleepers[0] ? "b" : "c", qos: .atLeastOnce)
            sleeper.loseConnection()
        }
        let bob = harness.connected("bob")
        func fill(_ topic: MQTTString) -> Int {
            (0..<1_000).prefix { _ in
                bob.publish(topic, "x", qos: .atLeastOnce)?.reasonCode == .success
            }.count
        }
        let alone = fill("b")
        #expect((200...400).contains(alone), "\(alone) of two bytes each")
        let again = sleepers[0].again()
        again.acknowledges = true
        again.resume()
        again.disconnect()
        let many = fill("a")
        #expect(many < alone && many > alone / 4, "\(many) for four")
    }

    @Test("Publishers that wait because the store is full go on when there is room, whoever made it")
    func storedBytesOfAnother() {
        let harness = EngineHarness {
            $0.limits.storedBytes = 20_000
            $0.offlineQueuePolicy = .rejectNewest
        }
        let idle = harness.connected("idle")
        idle.acknowledges = true
        idle.subscribe("b", qos: .atLeastOnce)
        let client = away(harness)
        let filler = harness.connected("filler")
        let payload = String(repeating: "x", count: 11_000)
        for _ in 0..<2 { filler.publish("a", payload, qos: .atLeastOnce) }
        let bob = harness.connected("bob")
        bob.publish("b", "waiting", qos: .atLeastOnce)
        let again = client.again()
        again.acknowledges = true
        again.resume()
        #expect(again.messages.count == 2)
        #expect(idle.payloads == ["waiting"])
        harness.advance(seconds: 1000)
        #expect(idle.isOpen && bob.isOpen)
    }

    @Test("Publishers held by a client that goes away go on, by the policy for those that are away")
    func heldAndGone() {
        let harness = EngineHarness {
            $0.limits.queueMessages = 3
            $0.limits.inFlight = 1
        }
        let client = harness.client("alice")
        client.resume()
        client.subscribe("a", qos: .atLeastOnce)
        let bob = harness.connected("bob")
        for index in 0..<10 { bob.publish("a", "\(index)", qos: .atLeastOnce) }
        #expect(bob.takeAcknowledgement(.puback, 10) == nil)
        client.loseConnection()
        #expect(bob.takeAcknowledgement(.puback, 10) != nil)
        #expect(harness.counters.storedMessages == 0)
        #expect(client.again().resume()?.sessionPresent == false)
    }

    @Test(
        "A client that floods itself goes on as it acknowledges", arguments: [QoS.atLeastOnce, .exactlyOnce])
    func ownFlood(qos: QoS) {
        let harness = EngineHarness {
            $0.limits.queueMessages = 3
            $0.limits.inFlight = 1
        }
        let client = harness.connected("alice")
        client.subscribe("a", qos: qos)
        for index in 0..<20 { client.publish("a", "\(index)", qos: qos) }
        #expect(client.payloads == ["0"])
        client.acknowledges = true
        let first = client.messages[0].packetIdentifier
        if qos == .atLeastOnce { client.puback(first) } else { client.pubrec(first) }
        #expect(client.payloads == (0..<20).map(String.init))
        #expect(client.ping())
    }

    /// A client with a stored subscription to "a", away.
    private func away(_ harness: EngineHarness, qos: QoS = .atLeastOnce) -> TestClient {
        let client = harness.client("alice")
        client.resume()
        client.subscribe("a", qos: qos)
        client.loseConnection()
        return client
    }
}

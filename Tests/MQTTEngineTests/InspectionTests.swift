import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("What operators see of a shard, and do to it")
struct InspectionTests {
    private func sessions(
        _ harness: EngineHarness, _ query: SessionQuery = SessionQuery(), limit: Int = 1_000
    ) -> [SessionSummary] {
        harness.look { shard, now in
            shard.sessions(matching: query, from: 0, places: 1_000, limit: limit, at: now).elements
        }
    }

    @Test("A session tells who it is, where it is and what waits for it")
    func summary() throws {
        let harness = EngineHarness()
        let alice = harness.client("alice")
        alice.connect(keepAlive: 60, properties: [.sessionExpiryInterval(100)])
        alice.subscribe("a/#", qos: .atLeastOnce)
        let bob = harness.connected("bob", .v3_1_1)
        bob.publish("a/b", "one", qos: .atLeastOnce)
        harness.advance(milliseconds: 2_500)
        let found = try #require(sessions(harness).first { $0.clientIdentifier == "alice" })
        #expect(found.version == .v5 && found.connectedFor == 2_500 && found.silentFor == 2_500)
        #expect(found.keepAlive == 60 && found.subscriptions == 1 && found.inFlightMessages == 1)
        #expect(found.bytesReceived > 0 && found.bytesSent > 0)
        #expect(found.lastDisconnect == nil && found.expiresIn == nil && found.expiryInterval == 100)
        alice.loseConnection()
        bob.publish("a/b", "two", qos: .atLeastOnce)
        harness.advance(seconds: 10)
        let away = try #require(sessions(harness, SessionQuery(isConnected: false)).first)
        #expect(away.clientIdentifier == "alice" && away.peer == nil && away.connectedFor == nil)
        #expect(away.queuedMessages == 1 && away.queuedBytes > 0 && away.expiresIn == 90_000)
        #expect(away.lastDisconnect == .connectionLost)
        #expect(sessions(harness, SessionQuery(isConnected: true)).map(\.clientIdentifier) == ["bob"])
    }

    @Test(
        "A search finds part of identifier and address, in either case",
        arguments: [
            ("LIC", ["alice"]), ("b", ["bob"]), ("192.0.2.1", ["alice", "bob"]), ("carol", []),
            ("", ["alice", "bob"]),
        ])
    func search(text: String, expected: [MQTTString]) {
        let harness = EngineHarness()
        let clients = [harness.connected("alice"), harness.connected("bob")]
        let found = sessions(harness, SessionQuery(text: text)).map(\.clientIdentifier)
        #expect(Set(found) == Set(expected) && clients.count == 2)
    }

    @Test("Slices together show every session once, however small they are", arguments: [1, 3, 7, 100])
    func slices(places: Int) {
        let harness = EngineHarness()
        let clients = (0..<20).map { harness.connected(MQTTString("c\($0)")) }
        clients[3].loseConnection()
        clients[7].loseConnection()
        var seen: [MQTTString] = []
        var place: Int? = 0
        while let start = place {
            let slice = harness.look { shard, now in
                shard.sessions(matching: SessionQuery(), from: start, places: places, limit: 2, at: now)
            }
            #expect(slice.elements.count <= 2)
            seen += slice.elements.map(\.clientIdentifier)
            place = slice.next
        }
        #expect(seen.count == 18 && Set(seen).count == 18)
    }

    @Test("The ranking has the highest first, and nobody who has nothing")
    func ranking() {
        let harness = EngineHarness()
        let clients = (0..<4).map { harness.connected(MQTTString("c\($0)")) }
        clients[1].subscribe("a")
        clients[2].subscribe("a")
        clients[2].subscribe("b")
        let best = harness.look { shard, now in
            shard.highestSessions(by: .subscriptions, from: 0, places: 100, limit: 3, at: now).elements
        }
        #expect(best.map(\.clientIdentifier) == ["c2", "c1"])
    }

    @Test("The details have subscriptions, what is in flight, what waits, and the will")
    func detail() throws {
        let harness = EngineHarness()
        let alice = harness.client("alice")
        let will = Will(topic: "gone", payload: [1, 2, 3], qos: .atLeastOnce, retain: true)
        alice.connect(will: will, properties: [.sessionExpiryInterval(100), .receiveMaximum(1)])
        alice.subscribe("a/+", qos: .exactlyOnce)
        alice.subscribe("$share/g/b", qos: .atMostOnce)
        let bob = harness.connected("bob")
        for payload in ["one", "three", "seven"] { bob.publish("a/b", payload, qos: .atLeastOnce) }
        let found = harness.look { shard, now in shard.session("alice", limit: 10, at: now) }
        let detail = try #require(found)
        #expect(detail.subscriptions.map(\.filter) == ["a/+", "$share/g/b"])
        #expect(detail.inFlight.map(\.state) == [.published] && detail.inFlight.map(\.payloadBytes) == [3])
        #expect(detail.queue.map(\.payloadBytes) == [5, 5] && detail.queue.allSatisfy { $0.topic == "a/b" })
        #expect(detail.will?.topic == "gone" && detail.will?.payloadBytes == 3 && detail.will?.retain == true)
        #expect(harness.look { shard, now in shard.session("alice", limit: 1, at: now)?.queue.count } == 1)
        #expect(harness.look { shard, now in shard.session("carol", limit: 1, at: now) } == nil)
    }

    @Test("Subscriptions are found by text and by the topic that goes through them")
    func subscriptions() {
        let harness = EngineHarness()
        let alice = harness.connected("alice")
        let bob = harness.connected("bob")
        alice.subscribe("house/+/light")
        bob.subscribe("house/#")
        bob.subscribe("garden")
        func find(_ text: String, _ topic: MQTTString?) -> Set<MQTTString> {
            harness.look { shard, _ in
                Set(
                    shard.subscriptions(
                        matching: SessionQuery(text: text), topic: topic, from: 0, places: 100, limit: 100
                    ).elements.map(\.filter))
            }
        }
        #expect(find("", nil) == ["house/+/light", "house/#", "garden"])
        #expect(find("", "house/kitchen/light") == ["house/+/light", "house/#"])
        #expect(find("bob", nil) == ["house/#", "garden"])
        #expect(find("bob", "garden") == ["garden"])
    }

    @Test("Retained messages are listed by filter, read, and browsed level by level")
    func retained() throws {
        let harness = EngineHarness()
        let alice = harness.connected("alice")
        for topic in ["house/kitchen", "house/kitchen/light", "house/hall", "garden"] as [MQTTString] {
            alice.publish(topic, "on", retain: true)
        }
        let filter = try TopicFilter("house/+")
        let found = harness.look { shard, now in
            shard.retainedMessages(
                matching: filter, from: 0, places: 100, limit: 100, payloadBytes: 1, at: now
            ).elements
        }
        #expect(Set(found.map(\.topic)) == ["house/kitchen", "house/hall"])
        #expect(found.allSatisfy { $0.payloadBytes == 2 && $0.payload == Array("o".utf8) })
        let one = harness.look { shard, now in
            shard.retainedMessage(at: "garden", payloadBytes: 100, at: now)
        }
        #expect(one?.payload == Array("on".utf8))
        func levels(_ topic: MQTTString) -> [TopicLevel] {
            harness.look { shard, _ in shard.topicLevels(below: topic, limit: 100) }
                .sorted { "\($0.name)" < "\($1.name)" }
        }
        #expect(levels("").map(\.name) == ["garden", "house"])
        #expect(levels("house").map(\.name) == ["hall", "kitchen"])
        #expect(levels("house").map(\.isRetained) == [true, true])
        #expect(levels("house").map(\.hasChildren) == [false, true])
        #expect(levels("nothing") == [])
    }

    @Test("An operator ends a connection: the session stays")
    func disconnect() {
        let harness = EngineHarness()
        let alice = harness.client("alice")
        alice.connect(properties: [.sessionExpiryInterval(100)])
        #expect(harness.operate { $0.disconnect(client: "alice", .quotaExceeded, at: $1) })
        #expect(alice.isClosed)
        let told = alice.take { if case .disconnect(let packet) = $0 { packet } else { nil } }
        #expect(told?.reasonCode == .quotaExceeded)
        #expect(!harness.operate { $0.disconnect(client: "alice", .quotaExceeded, at: $1) })
        #expect(harness.counters.sessions == 1)
    }

    @Test("An operator ends a session, connected or away: nothing is left, and the will is published")
    func endSession() {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher")
        watcher.subscribe("gone")
        let alice = harness.client("alice")
        let will = Will(topic: "gone", payload: [1])
        alice.connect(will: will, properties: [.sessionExpiryInterval(100)])
        alice.subscribe("a", qos: .atLeastOnce)
        #expect(harness.operate { $0.endSession(of: "alice", at: $1) })
        #expect(alice.isClosed && watcher.takeMessages().map(\.topicName) == ["gone"])
        let again = alice.again()
        #expect(again.resume(properties: [.sessionExpiryInterval(100)])?.sessionPresent == false)
        again.subscribe("a", qos: .atLeastOnce)
        again.loseConnection()
        watcher.publish("a", "x", qos: .atLeastOnce)
        #expect(harness.counters.queuedMessages == 1)
        #expect(harness.operate { $0.endSession(of: "alice", at: $1) })
        #expect(harness.counters.queuedMessages == 0 && harness.counters.sessions == 1)
        #expect(!harness.operate { $0.endSession(of: "alice", at: $1) })
        #expect(harness.events.contains(.sessionEnded(clientIdentifier: "alice", .administrative)))
    }

    @Test("Packets are counted by type, each once")
    func packetTypes() {
        let harness = EngineHarness()
        let alice = harness.connected("alice")
        alice.subscribe("a", qos: .exactlyOnce)
        #expect(alice.ping())
        alice.acknowledges = true
        alice.publishCompletely("a", "x", qos: .exactlyOnce)
        alice.unsubscribe("a")
        alice.disconnect()
        let (received, sent) = (harness.counters.received, harness.counters.sent)
        #expect(received.connect == 1 && sent.connack == 1)
        #expect(received.subscribe == 1 && sent.suback == 1)
        #expect(received.pingreq == 1 && sent.pingresp == 1)
        #expect(received.pubrel == 1 && sent.pubrec == 1 && sent.pubcomp == 1)
        #expect(received.pubrec == 1 && sent.pubrel == 1 && received.pubcomp == 1)
        #expect(received.unsubscribe == 1 && sent.unsuback == 1 && received.disconnect == 1)
        let named = received.named.reduce(0) { $0 + $1.count }
        #expect(named + harness.counters.publishesReceived.total == harness.counters.packetsReceived + 1)
    }
}

import MQTTCodec
import MQTTEngine
import Testing

/// Wills, deadlines and shared subscriptions of a broker that died.
@Suite("Durability: wills, deadlines, shared subscriptions")
struct DurabilityTimeTests {
    private let harness = EngineHarness(durable: true)

    private func watcher() {
        let client = harness.client("watcher")
        client.resume()
        client.subscribe("will/#", qos: .atLeastOnce)
        client.loseConnection()
    }

    private func willful(delay: UInt32? = nil, retain: Bool = false) {
        var will = Will(topic: "will/a", payload: Array("gone".utf8), qos: .atLeastOnce, retain: retain)
        will.properties.willDelayInterval = delay
        harness.client("willful").connect(cleanStart: false, sessionExpiry: 3600, will: will)
    }

    /// Leaves a will that waits.
    private func loseLate(delay: UInt32) {
        let client = harness.client("late")
        var will = Will(topic: "will/late", payload: Array("late".utf8), qos: .atLeastOnce)
        will.properties.willDelayInterval = delay
        client.connect(cleanStart: false, sessionExpiry: 3600, will: will)
        client.loseConnection()
    }

    private func seen() -> [String] {
        let client = harness.client("watcher")
        client.acknowledges = true
        client.resume()
        return client.payloads
    }

    @Test("[MQTT-3.1.2-8] The will of a connection that dies with the broker is published after it, once")
    func willAfterCrash() {
        watcher()
        willful()
        harness.crash()
        #expect(seen() == ["gone"])
        harness.storeEverything()
        harness.crash()
        #expect(seen() == [])
    }

    @Test("A will and its removal are one batch")
    func willIsOneBatch() {
        watcher()
        willful()
        let before = harness.store?.batches.count ?? 0
        harness.crash()
        let batches = (harness.store?.batches ?? []).dropFirst(before)
        let publishing = batches.filter { batch in
            batch.operations.contains { if case .saveMessage = $0 { true } else { false } }
        }
        #expect(publishing.count == 1)
        let isRemoved = publishing.first?.operations.contains { operation in
            if case .saveSession(let session) = operation {
                return session.clientIdentifier == "willful" && session.will == nil
            }
            return false
        }
        #expect(isRemoved == true)
    }

    @Test("A crash before that batch is stored: the will is published by the next broker")
    func willPublishedButNotStored() {
        watcher()
        willful()
        harness.storesAtOnce = false
        harness.crash()
        harness.crash()
        harness.storesAtOnce = true
        harness.crash()
        #expect(seen() == ["gone"])
    }

    @Test("[MQTT-3.1.2-10] A will that a DISCONNECT has removed is not published")
    func willRemoved() {
        watcher()
        willful()
        let again = harness.client("willful")
        again.resume()
        again.disconnect()
        harness.storeEverything()
        // The first connection was taken over, which published the first will.
        #expect(seen() == ["gone"])
        harness.storeEverything()
        harness.crash()
        #expect(seen() == [])
    }

    @Test("[MQTT-3.1.2-8] The will of a session that is not stored is written, though nobody waits for it")
    func willAlone() {
        watcher()
        let will = Will(topic: "will/b", payload: Array("alone".utf8), qos: .atLeastOnce, retain: false)
        for name in ["passing", "leaving", "lost"] as [MQTTString] {
            #expect(harness.client(name).connect(will: will) != nil)
            harness.storeEverything()
        }
        let short = harness.client("short")
        short.connect(will: will)
        short.disconnect()
        #expect(harness.counters.sessions == 4)
        harness.storeEverything()
        let saved = (harness.store?.operations ?? []).contains {
            if case .saveSession(let row) = $0 { row.clientIdentifier == "short" } else { false }
        }
        #expect(!saved, "taken back before it was written")
        harness.client("leaving").connect()
        harness.storeEverything()
        // Its first connection was taken over, which published its will.
        #expect(seen() == ["alone"])
        harness.storeEverything()
        harness.crash()
        #expect(seen() == ["alone", "alone"])
        harness.storeEverything()
        #expect(harness.store?.state.sessions.count == 1)
        harness.crash()
        #expect(seen() == [])
        #expect(harness.counters.sessions == 1)
    }

    @Test("A will's delay runs on while the broker is down")
    func willDelay() {
        watcher()
        willful(delay: 100)
        harness.client("willful").resume()
        loseLate(delay: 100)
        harness.storeEverything()
        harness.crash(downForSeconds: 60)
        #expect(seen() == [])
        harness.advance(seconds: 39)
        #expect(seen() == [])
        harness.advance(seconds: 2)
        #expect(seen() == ["late"])
    }

    @Test("A session's expiry runs on while the broker is down")
    func sessionExpiry() {
        for (name, expiry) in [("short", 100), ("long", 200), ("never", UInt32.max)] as [(MQTTString, UInt32)]
        {
            let client = harness.client(name)
            client.connect(cleanStart: false, sessionExpiry: expiry)
            client.loseConnection()
        }
        harness.storeEverything()
        harness.crash(downForSeconds: 150)
        #expect(harness.client("short").resume()?.sessionPresent == false)
        #expect(harness.client("never").resume()?.sessionPresent == true)
        harness.advance(seconds: 49)
        #expect(harness.counters.sessionsExpired == 1)
        harness.advance(seconds: 3)
        #expect(harness.client("long").resume()?.sessionPresent == false)
    }

    @Test("A clock that is set moves no deadline of a session or a will", arguments: [1_000_000, -1_000_000])
    func clockIsSet(step: Int64) {
        watcher()
        loseLate(delay: 200)
        for (name, expiry) in [("short", 100), ("long", 300), ("never", UInt32.max)] as [(MQTTString, UInt32)]
        {
            let client = harness.client(name)
            client.connect(cleanStart: false, sessionExpiry: expiry)
            client.loseConnection()
        }
        harness.storeEverything()
        harness.setClock(bySeconds: step)
        harness.storeEverything()
        harness.crash(downForSeconds: 150)
        #expect(harness.client("short").resume()?.sessionPresent == false)
        #expect(seen() == [])
        harness.advance(seconds: 52)
        #expect(seen() == ["late"])
        #expect(harness.client("long").resume()?.sessionPresent == true)
        #expect(harness.client("never").resume()?.sessionPresent == true)
    }

    @Test("What is restored by a clock that is behind does not get the years twice")
    func clockBehind() {
        let years: Int64 = 10 * 365 * 86_400
        watcher()
        loseLate(delay: 200)
        let short = harness.client("short")
        short.connect(cleanStart: false, sessionExpiry: 100)
        short.loseConnection()
        harness.storeEverything()
        harness.crash(clockGoesBySeconds: -years)
        harness.advance(seconds: 50)
        harness.setClock(bySeconds: years)
        harness.storeEverything()
        harness.crash()
        harness.advance(seconds: 90)
        #expect(harness.counters.sessionsExpired == 0)
        harness.advance(seconds: 11)
        #expect(harness.counters.sessionsExpired == 1)
        #expect(seen() == [])
        harness.advance(seconds: 100)
        #expect(seen() == ["late"])
    }

    @Test("A session that was connected counts as disconnected now, also through another crash")
    func connectedSessionExpires() {
        harness.client("client").connect(cleanStart: false, sessionExpiry: 100)
        harness.advance(seconds: 1000)
        harness.crash(downForSeconds: 1000)
        harness.advance(seconds: 60)
        harness.crash()
        harness.advance(seconds: 30)
        #expect(harness.counters.sessionsExpired == 0)
        harness.advance(seconds: 20)
        #expect(harness.client("client").resume()?.sessionPresent == false)
    }

    @Test("[MQTT-3.3.2-5] [MQTT-3.3.2-6] Message expiry runs on while the broker is down")
    func messageExpiry() {
        let reader = harness.client("reader")
        reader.resume()
        reader.subscribe("t", qos: .atLeastOnce)
        reader.loseConnection()
        let publisher = harness.connected("publisher")
        publisher.publish("t", "short", qos: .atLeastOnce, properties: [.messageExpiryInterval(10)])
        publisher.publish("t", "long", qos: .atLeastOnce, properties: [.messageExpiryInterval(100)])
        publisher.publish("r", "r", qos: .atLeastOnce, retain: true, properties: [.messageExpiryInterval(10)])
        harness.crash(downForSeconds: 30)
        let again = harness.client("reader")
        again.resume()
        #expect(again.payloads == ["long"])
        #expect((69...70).contains(again.messages.first?.properties.messageExpiryInterval ?? 0))
        #expect(again.subscribe("r") != nil)
        #expect(again.payloads == ["long"])
        harness.storeEverything()
        #expect(harness.store?.state.retained.isEmpty == true)
        #expect(harness.store?.strays == [])
    }

    @Test("What waits for a shared subscription whose members are all away survives, in order")
    func sharedPending() {
        for name in ["one", "two"] as [MQTTString] {
            let member = harness.client(name)
            member.resume()
            member.subscribe("$share/g/t", qos: .atLeastOnce)
            member.loseConnection()
        }
        let publisher = harness.connected("publisher")
        for number in 0..<6 { publisher.publish("t", "\(number)", qos: .atLeastOnce) }
        harness.crash()
        harness.crash()
        let member = harness.client("two")
        member.acknowledges = true
        member.resume()
        #expect(member.payloads == (0..<6).map { "\($0)" })
        harness.storeEverything()
        #expect(harness.store?.state.messages.isEmpty == true)
        #expect(harness.store?.strays == [])
    }

    @Test("[MQTT-4.8.2-4] A member's end and the move of its unacknowledged QoS 1 messages are one batch")
    func sharedMove() {
        let first = harness.client("first")
        first.resume()
        first.subscribe("$share/g/t", qos: .atLeastOnce)
        let publisher = harness.connected("publisher")
        publisher.publish("t", "one", qos: .atLeastOnce)
        #expect(first.payloads == ["one"])
        first.loseConnection()
        let second = harness.client("second")
        second.resume()
        second.subscribe("$share/g/t", qos: .atLeastOnce)
        second.loseConnection()
        // The end of the first session, by Clean Start, and a crash at every point of it.
        harness.storesAtOnce = false
        let fresh = harness.client("first")
        fresh.connect()
        harness.storesAtOnce = true
        harness.storeAll()
        harness.crash()
        let again = harness.client("second")
        again.resume()
        #expect(again.payloads == ["one"])
        #expect(harness.store?.strays == [])
    }
}

import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Shared subscriptions, section 4.8.2")
struct SharedSubscriptionTests {
    @Test("Each message goes to one member of the group, and all members get their part")
    func rotation() {
        let harness = EngineHarness()
        let members = (0..<3).map { harness.connected("m\($0)") }
        for member in members { #expect(member.subscribe("$share/g/a/+", qos: .atLeastOnce) == .grantedQoS1) }
        let bob = harness.connected("bob")
        for index in 0..<30 { bob.publish("a/\(index)", "\(index)", qos: .atLeastOnce) }
        let all = members.flatMap(\.payloads)
        #expect(Set(all).count == 30)
        #expect(all.count == 30)
        #expect(members.allSatisfy { $0.messages.count >= 5 })
    }

    @Test(
        "[MQTT-4.8.2-1] [MQTT-4.8.2-2] The share name is at least one character, and `$shared` is an ordinary level"
    )
    func names() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        #expect(client.subscribe("$share/x/a") == .success)
        #expect(client.subscribe("$share/a longer name$/a/#") == .success)
        #expect(client.subscribe("$shared/a") == .success)
        #expect(harness.counters.sharedSubscriptions == 2)
        harness.connected("bob").publish("$shared/a", "x")
        #expect(client.payloads == ["x"])
    }

    @Test("Groups are independent of each other and of subscriptions that are not shared")
    func independence() {
        let harness = EngineHarness()
        let names: [MQTTString] = ["$share/g/a", "$share/h/a", "$share/g/+", "a"]
        let clients = names.map { name in
            let client = harness.connected(name)
            client.subscribe(name)
            return client
        }
        harness.connected("bob").publish("a", "x")
        for client in clients { #expect(client.payloads == ["x"]) }
    }

    @Test("A client in a group and with a subscription of its own gets both messages")
    func both() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("$share/g/a", identifier: 1)
        client.subscribe("a", identifier: 2)
        harness.connected("bob").publish("a", "x")
        #expect(client.messages.flatMap(\.properties.subscriptionIdentifiers).sorted() == [1, 2])
    }

    @Test("[MQTT-4.7.2-1] A shared filter with a leading wildcard does not match $ topics")
    func dollar() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("$share/g/#")
        client.subscribe("$share/g/+/b")
        let bob = harness.connected("bob")
        bob.publish("$other/b")
        #expect(client.messages.isEmpty)
        bob.publish("a/b")
        #expect(client.messages.count == 2)
    }

    @Test("Retained messages are not sent for a shared subscription, section 3.8.4")
    func retained() {
        let harness = EngineHarness()
        harness.connected("bob").publish("a", "x", retain: true)
        let client = harness.connected("alice")
        client.subscribe("$share/g/a", retainHandling: .sendAlways)
        #expect(client.messages.isEmpty)
    }

    @Test("[MQTT-4.8.2-3] Each member gets messages at the QoS granted to it")
    func grantedQoS() {
        let harness = EngineHarness()
        let members = QoS.allCases.map { qos in
            let member = harness.connected("\(qos)")
            member.subscribe("$share/g/a", qos: qos)
            return (member, qos)
        }
        let bob = harness.connected("bob")
        for _ in 0..<12 { bob.publishCompletely("a", "x", qos: .exactlyOnce) }
        for (member, qos) in members {
            #expect(!member.messages.isEmpty)
            #expect(member.messages.allSatisfy { $0.qos == qos })
        }
    }

    @Test("Members that are away swallow nothing while another one is there")
    func awayMembers() {
        let harness = EngineHarness()
        let away = harness.client("away")
        away.resume()
        away.subscribe("$share/g/a", qos: .atLeastOnce)
        let here = harness.connected("here")
        here.subscribe("$share/g/a", qos: .atLeastOnce)
        away.loseConnection()
        let bob = harness.connected("bob")
        for index in 0..<10 { bob.publish("a", "\(index)", qos: .atLeastOnce) }
        #expect(here.payloads == (0..<10).map(String.init))
    }

    @Test("With all members away messages wait for one of them")
    func allAway() {
        let harness = EngineHarness()
        let members = (0..<2).map { harness.client("m\($0)") }
        for member in members {
            member.resume()
            member.subscribe("$share/g/a", qos: .atLeastOnce)
            member.loseConnection()
        }
        let bob = harness.connected("bob")
        for index in 0..<10 { bob.publish("a", "\(index)", qos: .atLeastOnce) }
        let back = members.map { $0.again() }
        for client in back { client.resume() }
        #expect(Set(back.flatMap(\.payloads)).count == 10)
        #expect(back.flatMap(\.payloads).count == 10)
    }

    @Test("Unacknowledged QoS 1 messages of a member whose session ends go to another one")
    func memberLeaves() {
        let harness = EngineHarness()
        let leaving = harness.connected("leaving")
        let staying = harness.connected("staying")
        for client in [leaving, staying] { client.subscribe("$share/g/a", qos: .atLeastOnce) }
        let bob = harness.connected("bob")
        for index in 0..<10 { bob.publish("a", "\(index)", qos: .atLeastOnce) }
        let before = staying.payloads
        #expect(before.count < 10)
        leaving.loseConnection()
        #expect(Set(staying.payloads) == Set((0..<10).map(String.init)))
        #expect(staying.payloads.count == 10)
    }

    @Test("[MQTT-4.8.2-4] QoS 2 that has been sent stays with its member and is completed when it is back")
    func exactlyOnceStays() {
        let harness = EngineHarness()
        let first = harness.client("first")
        first.resume()
        first.subscribe("$share/g/a", qos: .exactlyOnce)
        harness.connected("bob").publishCompletely("a", "x", qos: .exactlyOnce)
        let identifier = first.messages.first?.packetIdentifier
        first.loseConnection()
        let second = harness.client("second")
        second.connect()
        second.subscribe("$share/g/a", qos: .exactlyOnce)
        #expect(second.messages.isEmpty)
        let again = first.again()
        again.resume()
        #expect(again.payloads == ["x"])
        #expect(again.messages.first?.packetIdentifier == identifier)
        #expect(again.messages.first?.dup == true)
    }

    @Test("[MQTT-4.8.2-5] QoS 2 that has been sent is given to nobody else when its member's session ends")
    func exactlyOnceNotMoved() {
        let harness = EngineHarness()
        let first = harness.connected("first")
        first.subscribe("$share/g/a", qos: .exactlyOnce)
        harness.connected("bob").publishCompletely("a", "x", qos: .exactlyOnce)
        #expect(first.payloads == ["x"])
        let second = harness.connected("second")
        second.subscribe("$share/g/a", qos: .exactlyOnce)
        first.loseConnection()
        #expect(second.messages.isEmpty)
        #expect(harness.counters.storedMessages == 0)
    }

    @Test(
        "[MQTT-4.8.2-6] What a member refuses is discarded and offered to nobody else",
        arguments: [QoS.atLeastOnce, .exactlyOnce])
    func refused(qos: QoS) {
        let harness = EngineHarness()
        let members = (0..<2).map { harness.connected("m\($0)") }
        for member in members { member.subscribe("$share/g/a", qos: qos) }
        harness.connected("bob").publishCompletely("a", "x", qos: qos)
        guard let chosen = members.first(where: { !$0.messages.isEmpty }),
            let other = members.first(where: { $0 !== chosen })
        else {
            Issue.record("nobody got the message")
            return
        }
        let identifier = chosen.messages[0].packetIdentifier
        if qos == .atLeastOnce {
            chosen.puback(identifier, .unspecifiedError)
        } else {
            #expect(chosen.pubrec(identifier, .unspecifiedError) == nil)
        }
        chosen.loseConnection()
        #expect(other.messages.isEmpty)
        #expect(harness.drops(.refusedByClient) == 1)
    }

    @Test("A message too large for one member is discarded as if sent, and others go on")
    func tooLarge() {
        let harness = EngineHarness()
        let narrow = harness.client("narrow")
        narrow.connect(properties: [.maximumPacketSize(50)])
        narrow.subscribe("$share/g/a", qos: .atLeastOnce)
        let wide = harness.connected("wide")
        wide.subscribe("$share/g/a", qos: .atLeastOnce)
        let bob = harness.connected("bob")
        let large = String(repeating: "x", count: 100)
        for _ in 0..<10 { bob.publish("a", large, qos: .atLeastOnce) }
        #expect(narrow.messages.isEmpty)
        #expect(UInt64(wide.messages.count) + harness.drops(.tooLargeForClient) == 10)
        #expect(!wide.messages.isEmpty)
    }

    @Test("The right to subscribe is asked for the whole filter, share name included")
    func authorization() {
        let harness = EngineHarness(authorizes: true)
        harness.authorizer.decide {
            guard case .subscribe(let filter, _) = $0.operation else { return .allow }
            return filter.shareName == "g" && filter.pattern.elementsEqual("secret".utf8) ? .deny : .allow
        }
        let client = harness.connected("alice")
        #expect(client.subscribe("$share/g/secret") == .notAuthorized)
        #expect(client.subscribe("$share/h/secret") == .success)
    }

    @Test("What waits for a group goes with its last member, and to those that are left before that")
    func membersExpire() {
        let harness = EngineHarness()
        for (name, expiry) in [("short", 10), ("middle", 20), ("long", 1000)] as [(MQTTString, UInt32)] {
            let member = harness.client(name)
            member.connect(sessionExpiry: expiry)
            member.subscribe("$share/g/a", qos: .atLeastOnce)
            member.loseConnection()
        }
        let bob = harness.connected("bob")
        for index in 0..<10 { bob.publish("a", "\(index)", qos: .atLeastOnce) }
        harness.advance(seconds: 30)
        let long = harness.client("long")
        long.connect(cleanStart: false, sessionExpiry: 0)
        #expect(long.payloads == (0..<10).map(String.init))
        long.loseConnection()
        #expect(harness.counters.storedMessages == 0 && harness.counters.queuedMessages == 0)
        #expect(harness.counters.sharedSubscriptions == 0)
    }

    @Test("The same shared filter again changes its options and adds no second member")
    func replaced() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("$share/g/a", qos: .atMostOnce, identifier: 1)
        client.subscribe("$share/g/a", qos: .atLeastOnce, identifier: 2)
        let bob = harness.connected("bob")
        for _ in 0..<3 { bob.publish("a", qos: .atLeastOnce) }
        #expect(client.messages.map(\.qos) == [.atLeastOnce, .atLeastOnce, .atLeastOnce])
        #expect(client.messages.map(\.properties.subscriptionIdentifiers) == [[2], [2], [2]])
        #expect(harness.counters.sharedSubscriptions == 1)
    }

    @Test(
        "A member that takes messages and acknowledges none holds publishers, wherever they are, and loses nothing",
        arguments: [1, 2], [true, false])
    func slowMember(shards: Int, isDurable: Bool) {
        let harness = EngineHarness(durable: isDurable, shards: shards) {
            $0.limits.queueMessages = 20
            $0.limits.queueWindow = 5
            $0.onlineQueuePolicy = .holdPublishers
        }
        harness.nextShard = 0
        let member = harness.client("member")
        member.resume(properties: [.receiveMaximum(3)])
        member.subscribe("$share/g/a", qos: .atLeastOnce)
        harness.nextShard = 1
        let publisher = harness.connected("publisher")
        for index in 0..<200 {
            publisher.send(
                .publish(
                    Publish(
                        topicName: "a", payload: ByteBuffer(string: "\(index)"), qos: .atLeastOnce,
                        packetIdentifier: UInt16(index + 1))))
        }
        harness.storeAll()
        let acknowledged = publisher.received.count
        #expect((20...40).contains(acknowledged), "the bound, what is in flight, and what was on its way")
        member.acknowledges = true
        for message in member.messages { member.puback(message.packetIdentifier) }
        for _ in 0..<200 {
            harness.storeAll()
            harness.readAll()
        }
        #expect(member.payloads == (0..<200).map(String.init))
        #expect(publisher.received.count == 200)
    }

    @Test("Where the one member is on another shard and away, publishers are held, too, and told in the end")
    func memberAway() {
        let harness = EngineHarness(durable: true, shards: 2) {
            $0.limits.queueMessages = 20
            $0.offlineQueuePolicy = .rejectNewest
        }
        harness.nextShard = 0
        let member = harness.client("member")
        member.resume()
        member.subscribe("$share/g/a", qos: .atLeastOnce)
        member.loseConnection()
        harness.nextShard = 1
        let publisher = harness.connected("publisher")
        for index in 0..<100 where publisher.isOpen {
            publisher.send(
                .publish(
                    Publish(topicName: "a", qos: .atLeastOnce, packetIdentifier: UInt16(index + 1))))
        }
        harness.storeAll()
        #expect((20...25).contains(publisher.received.count))
        harness.advance(seconds: 61)
        #expect(publisher.disconnectReason == .quotaExceeded)
        harness.nextShard = 0
        let again = member.again()
        again.acknowledges = true
        again.resume()
        #expect((20...25).contains(again.messages.count))
    }
}

import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Forwarding: the same message in every layout")
struct ForwardingTests {
    @Test(
        "One publish reaches clients of every version, QoS and option as each has asked for it",
        arguments: QoS.allCases)
    func fanOut(published: QoS) {
        let harness = EngineHarness()
        var clients: [(client: TestClient, qos: QoS, retainAsPublished: Bool, identifier: Int?)] = []
        for version in ProtocolVersion.allCases {
            for qos in QoS.allCases {
                for retainAsPublished in [false, true] where !retainAsPublished || version == .v5 {
                    for identifier in [nil, 1, 300] where identifier == nil || version == .v5 {
                        let client = harness.connected("\(clients.count)", version)
                        client.subscribe(
                            "a/+", qos: qos, retainAsPublished: retainAsPublished, identifier: identifier)
                        clients.append((client, qos, retainAsPublished, identifier))
                    }
                }
            }
        }
        let properties: Properties = [
            .messageExpiryInterval(60), .userProperty("k", "v"), .topicAlias(3), .contentType("text"),
        ]
        for round in 0..<3 {
            harness.connected("bob").publishCompletely(
                "a/b", "round \(round)", qos: published, retain: true, properties: properties)
            for (client, qos, retainAsPublished, identifier) in clients {
                guard let message = client.takeMessage() else {
                    Issue.record("nothing for \(client.version) \(qos)")
                    continue
                }
                #expect(message.topicName == "a/b" && message.text == "round \(round)")
                #expect(
                    message.qos == min(published, qos) && message.retain == retainAsPublished && !message.dup)
                guard client.version == .v5 else { continue }
                #expect(message.properties.messageExpiryInterval == 60)
                #expect(message.properties.contentType == "text")
                #expect(message.properties.userProperties.map(\.value) == ["v"])
                #expect(message.properties.subscriptionIdentifiers == (identifier.map { [$0] } ?? []))
                #expect(message.properties.topicAlias == nil)
                #expect(message.properties.list.count == (identifier == nil ? 3 : 4))
            }
        }
    }

    @Test(
        "Payloads of every size come through whole, where lengths grow by a byte and where large ones are sliced",
        arguments: [
            0, 1, 100, 110, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 2_046,
            2_047, 2_048,
            2_049, 16_370, 16_380, 16_384, 70_000,
        ])
    func sizes(size: Int) {
        let harness = EngineHarness()
        let payload =
            String(repeating: "0123456789", count: size / 10) + String(repeating: "x", count: size % 10)
        let clients = [ProtocolVersion.v3_1_1, .v5, .v5, .v5].enumerated().map { index, version in
            let client = harness.client("\(index)", version)
            client.connect(properties: index == 2 ? [.topicAliasMaximum(5)] : [])
            client.subscribe("a", qos: .exactlyOnce, identifier: index == 3 ? 128 : nil)
            return client
        }
        let bob = harness.connected("bob")
        for qos in QoS.allCases {
            for expiry in [nil, 60] as [UInt32?] {
                bob.publishCompletely(
                    "a", payload, qos: qos, properties: expiry.map { [.messageExpiryInterval($0)] } ?? [])
            }
        }
        for client in clients {
            #expect(client.messages.count == 6)
            #expect(client.payloads.allSatisfy { $0 == payload })
            #expect(
                client.messages.map(\.qos) == [
                    .atMostOnce, .atMostOnce, .atLeastOnce, .atLeastOnce, .exactlyOnce, .exactlyOnce,
                ])
        }
    }

    @Test("Properties of every length come through, where their length grows by a byte", arguments: 118..<134)
    func propertyLengths(length: Int) {
        let harness = EngineHarness()
        let clients = (0..<3).map { index in
            let client = harness.client("\(index)")
            client.connect(properties: index == 1 ? [.topicAliasMaximum(5)] : [])
            client.subscribe("a", qos: .atLeastOnce, identifier: index == 2 ? 7 : nil)
            return client
        }
        let text = MQTTString(String(repeating: "p", count: length))
        let bob = harness.connected("bob")
        bob.publish("a", "1", properties: [.contentType(text)])
        bob.publish("a", "2", properties: [.contentType(text), .messageExpiryInterval(9)])
        bob.publish("a", "3", qos: .atLeastOnce, properties: [.messageExpiryInterval(9), .contentType(text)])
        for client in clients {
            #expect(client.payloads == ["1", "2", "3"])
            #expect(client.messages.allSatisfy { $0.properties.contentType == text })
        }
    }

    @Test("Large payloads wait whole for clients that do not read or are away")
    func largeAndLate() {
        let harness = EngineHarness()
        let slow = harness.connected("slow")
        slow.subscribe("a")
        slow.isWritable = false
        let away = harness.client("away")
        away.resume()
        away.subscribe("a", qos: .atLeastOnce)
        away.loseConnection()
        let bob = harness.connected("bob")
        let payloads = (0..<3).map { String(repeating: "\($0)", count: 50_000) }
        for payload in payloads { bob.publish("a", payload, qos: .atLeastOnce, retain: true) }
        slow.isWritable = true
        #expect(slow.payloads == payloads)
        let again = away.again()
        again.resume()
        #expect(again.payloads == payloads)
        let late = harness.connected("late", .v3_1)
        late.subscribe("a")
        #expect(late.payloads == [payloads[2]])
    }

    @Test("A topic that is set together with an alias counts though its publish was refused")
    func refusedAlias() {
        let harness = EngineHarness(authorizes: true)
        harness.authorizer.decide { if case .publish("a", _, true) = $0.operation { .deny } else { .allow } }
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let client = harness.connected("alice")
        #expect(
            client.publish("a", "1", qos: .atLeastOnce, retain: true, properties: [.topicAlias(1)])?
                .reasonCode == .notAuthorized)
        #expect(
            client.publish("", "2", qos: .atLeastOnce, properties: [.topicAlias(1)])?.reasonCode == .success)
        #expect(watcher.messages.map(\.topicName) == ["a"])
    }
}

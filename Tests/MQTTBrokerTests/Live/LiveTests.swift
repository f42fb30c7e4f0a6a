import MQTTBroker
import NIOCore
import Testing

/// What a client relies on, over every transport.
@Suite(.timeLimit(.minutes(2))) struct LiveTests {
    static let versions: [ProtocolVersion] = [.v3_1, .v3_1_1, .v5]

    private static func payload(_ count: Int) -> ByteBuffer {
        ByteBuffer(bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
    }

    @Test("connect, ping, disconnect", arguments: TransportKind.allCases, versions)
    func connects(_ kind: TransportKind, _ version: ProtocolVersion) async throws {
        try await RunningBroker.with(kind) { running in
            let client = try await running.client(version)
            let connack = try await client.connect("one")
            #expect(connack.reasonCode == .success && !connack.sessionPresent)
            try await client.ping()
            try await client.disconnect()
            #expect(try await running.broker.counters().connectionsAccepted == 1)
        }
    }

    @Test("[MQTT-6.0.0-2] packets may be split at every byte, and joined", arguments: TransportKind.allCases)
    func splitAndJoined(_ kind: TransportKind) async throws {
        try await RunningBroker.with(kind) { running in
            let client = try await running.client()
            var bytes = ByteBuffer()
            let packets: [ControlPacket] = [
                .connect(Connect(clientIdentifier: "split")),
                .subscribe(Subscribe(packetIdentifier: 1, [.init("a")])),
                .publish(Publish(topicName: "a", payload: ByteBuffer(string: "x"))), .pingreq,
            ]
            for packet in packets { packet.encode(into: &bytes, version: .v5) }
            let whole = bytes
            for byte in bytes.readableBytesView { try await client.stream.send(ByteBuffer(bytes: [byte])) }
            try await expectAnswers(client)
            let joined = try await running.client()
            try await joined.stream.send(whole)
            try await expectAnswers(joined)
        }
    }

    private func expectAnswers(_ client: TestClient) async throws {
        guard case .connack = try await client.next() else { throw TestClient.Unexpected() }
        guard case .subscriptionAcknowledgement = try await client.next() else {
            throw TestClient.Unexpected()
        }
        #expect(try await client.message().payload == ByteBuffer(string: "x"))
        try await client.expect(.pingresp)
    }

    @Test("messages of every QoS arrive", arguments: TransportKind.allCases, versions)
    func delivers(_ kind: TransportKind, _ version: ProtocolVersion) async throws {
        try await RunningBroker.with(kind) { running in
            let subscriber = try await running.connected("subscriber", version: version)
            try await subscriber.subscribe("a/+")
            let publisher = try await running.connected("publisher", version: version)
            for qos in QoS.allCases {
                try await publisher.publish("a/b", ByteBuffer(string: "\(qos)"), qos)
                let message = try await subscriber.message()
                #expect(message.payload == ByteBuffer(string: "\(qos)"))
                #expect(message.qos == qos && message.topicName == "a/b" && !message.retain && !message.dup)
            }
        }
    }

    @Test("retained messages wait for subscribers", arguments: TransportKind.allCases)
    func retains(_ kind: TransportKind) async throws {
        try await RunningBroker.with(kind) { running in
            let publisher = try await running.connected("publisher")
            try await publisher.publish("state", ByteBuffer(string: "on"), .atLeastOnce, retain: true)
            let subscriber = try await running.connected("subscriber")
            try await subscriber.subscribe("#")
            let message = try await subscriber.message()
            #expect(message.retain && message.payload == ByteBuffer(string: "on"))
        }
    }

    @Test("the will is published when a connection breaks", arguments: TransportKind.allCases)
    func will(_ kind: TransportKind) async throws {
        try await RunningBroker.with(kind) { running in
            let watcher = try await running.connected("watcher")
            try await watcher.subscribe("gone")
            let will = Will(topic: "gone", payload: Array("without a word".utf8), qos: .atLeastOnce)
            let client = try await running.connected("client", will: will)
            await client.stream.close()
            #expect(try await watcher.message().payload == ByteBuffer(string: "without a word"))
        }
    }

    @Test("no will after DISCONNECT", arguments: TransportKind.allCases)
    func noWill(_ kind: TransportKind) async throws {
        try await RunningBroker.with(kind) { running in
            let watcher = try await running.connected("watcher")
            try await watcher.subscribe("gone")
            let client = try await running.connected("client", will: Will(topic: "gone"))
            try await client.disconnect()
            try await watcher.ping()
        }
    }

    @Test("1 MB goes both ways at every QoS", arguments: TransportKind.allCases)
    func large(_ kind: TransportKind) async throws {
        try await RunningBroker.with(kind) { running in
            let client = try await running.connected("large")
            try await client.subscribe("big")
            let payload = Self.payload(1_000_000)
            for qos in QoS.allCases {
                let id: UInt16 = qos == .atMostOnce ? 0 : 1
                try await client.send(
                    .publish(Publish(topicName: "big", payload: payload, qos: qos, packetIdentifier: id)))
                var message: Publish?
                var answers = 0
                while message == nil || answers < (qos == .atMostOnce ? 0 : 1) {
                    switch try await client.next() {
                    case .publish(let publish): message = publish
                    case .acknowledgement: answers += 1
                    case let packet: throw TestClient.Unexpected(packet: packet)
                    }
                }
                #expect(message?.payload == payload)
                guard let message, qos != .atMostOnce else { continue }
                if qos == .atLeastOnce {
                    try await client.send(
                        .acknowledgement(.init(.puback, packetIdentifier: message.packetIdentifier)))
                } else {
                    try await client.send(
                        .acknowledgement(.init(.pubrec, packetIdentifier: message.packetIdentifier)))
                    try await client.expect(
                        .acknowledgement(.init(.pubrel, packetIdentifier: message.packetIdentifier)))
                    try await client.send(
                        .acknowledgement(.init(.pubcomp, packetIdentifier: message.packetIdentifier)),
                        .acknowledgement(.init(.pubrel, packetIdentifier: 1)))
                    try await client.expect(.acknowledgement(.init(.pubcomp, packetIdentifier: 1)))
                }
            }
        }
    }

    @Test("a session is resumed with what it missed", arguments: TransportKind.allCases, versions)
    func resumes(_ kind: TransportKind, _ version: ProtocolVersion) async throws {
        try await RunningBroker.with(kind) { running in
            let properties: Properties = version == .v5 ? [.sessionExpiryInterval(100)] : []
            let first = try await running.connected(
                "sleeper", version: version, cleanStart: false, properties: properties)
            try await first.subscribe("a")
            try await first.disconnect()
            let publisher = try await running.connected("publisher")
            for number in 0..<10 {
                try await publisher.publish(
                    "a", ByteBuffer(string: "\(number)"), number % 2 == 0 ? .atLeastOnce : .exactlyOnce)
            }
            let second = try await running.client(version)
            let connack = try await second.connect("sleeper", cleanStart: false, properties: properties)
            #expect(connack.sessionPresent == (version != .v3_1))
            var seen: [ByteBuffer] = []
            var completed = 0
            while seen.count < 10 || completed < 5 {
                switch try await second.next() {
                case .publish(let publish):
                    seen.append(publish.payload)
                    let type = publish.qos == .atLeastOnce ? PacketType.puback : .pubrec
                    try await second.send(
                        .acknowledgement(.init(type, packetIdentifier: publish.packetIdentifier)))
                case .acknowledgement(let pubrel):
                    #expect(pubrel.type == .pubrel)
                    completed += 1
                    try await second.send(
                        .acknowledgement(.init(.pubcomp, packetIdentifier: pubrel.packetIdentifier)))
                case let packet: throw TestClient.Unexpected(packet: packet)
                }
            }
            #expect(seen == (0..<10).map { ByteBuffer(string: "\($0)") })
        }
    }

    @Test(
        "[MQTT-3.1.4-3] the second client of a name ends the first with 0x8E",
        arguments: TransportKind.allCases)
    func takeover(_ kind: TransportKind) async throws {
        try await RunningBroker.with(kind) { running in
            let first = try await running.connected("same")
            let second = try await running.connected("same")
            guard case .disconnect(let packet) = try await first.next() else { throw TestClient.Unexpected() }
            #expect(packet.reasonCode == .sessionTakenOver)
            try await first.expectEnd()
            try await second.ping()
        }
    }

    @Test("stop() sends 0x8B to clients of 5.0 and closes all", arguments: TransportKind.allCases)
    func stops(_ kind: TransportKind) async throws {
        try await RunningBroker.with(kind) { running in
            let client = try await running.connected("five")
            let old = try await running.connected("three", version: .v3_1_1)
            async let stopped: Void = running.broker.stop()
            guard case .disconnect(let packet) = try await client.next() else {
                throw TestClient.Unexpected()
            }
            #expect(packet.reasonCode == .serverShuttingDown)
            try await client.expectEnd()
            try await old.expectEnd()
            await stopped
        }
    }

    @Test("garbage ends its connection and no other", arguments: TransportKind.allCases)
    func garbage(_ kind: TransportKind) async throws {
        try await RunningBroker.with(kind) { running in
            let good = try await running.connected("good")
            let bad = try await running.client()
            try await bad.stream.send(ByteBuffer(bytes: [UInt8](repeating: 0xFF, count: 1000)))
            while try await bad.stream.receive() != nil {}
            try await good.ping()
        }
    }
}

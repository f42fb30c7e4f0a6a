import MQTTBroker
import MQTTClient
import NIOCore
import Testing

@Suite("A client survives", .timeLimit(.minutes(2)))
struct ReconnectTests {
    private func withProxy(_ body: (LiveServer, CuttingProxy) async throws -> Void) async throws {
        try await LiveServer.with { server in
            let port = try #require(server.listeners[0].url.port)
            let proxy = try await CuttingProxy.start(
                to: try SocketAddress(ipAddress: "127.0.0.1", port: port))
            do {
                try await body(server, proxy)
            } catch {
                await proxy.stop()
                throw error
            }
            await proxy.stop()
        }
    }

    @Test("A cut: the session is resumed, and what was published offline arrives", arguments: [true, false])
    func cut(keepsSession: Bool) async throws {
        try await withProxy { server, proxy in
            let through = ServerAddress.tcp(host: "127.0.0.1", port: proxy.port)
            try await server.client(
                .v5,
                {
                    $0.server = through
                    if !keepsSession { $0.sessionExpiryInterval = 0 }
                }
            ) { client in
                var events = await client.events().makeAsyncIterator()
                let messages = try await client.subscribe("t", qos: .atLeastOnce)
                try await client.publish("t", "before", qos: .atLeastOnce)
                proxy.refuse(true)
                proxy.cut()
                while let event = await events.next() {
                    if case .connectionLost = event { break }
                }
                let offline = try await client.submit(
                    "t", payload: ByteBuffer(string: "offline"), qos: .exactlyOnce)
                proxy.refuse(false)
                while let event = await events.next() {
                    if case .connected(let present) = event {
                        #expect(present == keepsSession)
                        break
                    }
                }
                try await offline.fulfilled(within: .seconds(20))
                if keepsSession {
                    #expect(try await messages.texts(2) == ["before", "offline"])
                } else {
                    // The outbox may be on its way before the subscription is there again.
                    try await client.publish("t", "after", qos: .atLeastOnce)
                    var iterator = messages.makeAsyncIterator()
                    var last: String?
                    while last != "after" { last = try await iterator.next()?.text }
                }
            }
        }
    }

    @Test("QoS 1 and 2 are right over a hundred cuts at any byte", arguments: [1, 2, 3])
    func manyCuts(seed: UInt64) async throws {
        var random = SplitMix(seed)
        let budgets = (0..<100).map { _ in
            (Int.random(in: 40...600, using: &random), Int.random(in: 20...600, using: &random))
        }
        try await withProxy { server, proxy in
            let through = ServerAddress.tcp(host: "127.0.0.1", port: proxy.port)
            try await server.client { watcher in
                let once = try await watcher.subscribe("2", qos: .exactlyOnce)
                let least = try await watcher.subscribe("1", qos: .exactlyOnce)
                let count = 400
                let onceTexts = Task { try await once.texts(count + 1) }
                let leastTexts = Task {
                    var texts: [String] = []
                    for try await message in least {
                        texts.append(message.text)
                        if message.text == "end" { break }
                    }
                    return texts
                }
                proxy.budget([(500, 500)] + budgets)
                try await server.client(
                    .v5,
                    {
                        $0.server = through
                        $0.maximumInFlight = 10
                    }
                ) { client in
                    var receipts: [PublishReceipt] = []
                    for number in 0..<count {
                        for qos in [QoS.atLeastOnce, .exactlyOnce] {
                            receipts.append(
                                try await client.submit(
                                    "\(qos.rawValue)", payload: ByteBuffer(string: "\(number)"), qos: qos))
                        }
                    }
                    for qos in [QoS.atLeastOnce, .exactlyOnce] {
                        receipts.append(
                            try await client.submit(
                                "\(qos.rawValue)", payload: ByteBuffer(string: "end"), qos: qos))
                    }
                    for receipt in receipts { try await receipt.fulfilled(within: .seconds(60)) }
                }
                #expect(proxy.count > 20, "too few cuts to prove anything")
                #expect(try await onceTexts.value == (0..<count).map(String.init) + ["end"])
                var first: [String] = []
                for text in try await leastTexts.value where !first.contains(text) { first.append(text) }
                #expect(first == (0..<count).map(String.init) + ["end"])
            }
        }
    }

    @Test("Receiving is right over a hundred cuts at any byte", arguments: [4, 5, 6])
    func manyCutsReceiving(seed: UInt64) async throws {
        var random = SplitMix(seed)
        let budgets = (0..<100).map { _ in
            (Int.random(in: 60...400, using: &random), Int.random(in: 60...700, using: &random))
        }
        try await withProxy { server, proxy in
            let through = ServerAddress.tcp(host: "127.0.0.1", port: proxy.port)
            try await server.client(.v5, { $0.server = through }) { reader in
                let once = try await reader.subscribe("2", qos: .exactlyOnce)
                let least = try await reader.subscribe("1", qos: .atLeastOnce)
                proxy.budget(budgets)
                proxy.cut()
                let count = 300
                let reading = Task {
                    var texts: [String] = []
                    for try await message in least {
                        texts.append(message.text)
                        if message.text == "end" { break }
                    }
                    return texts
                }
                let readingOnce = Task { try await once.texts(count + 1) }
                try await server.client { writer in
                    for text in (0..<count).map(String.init) + ["end"] {
                        try await writer.publish("2", text, qos: .exactlyOnce)
                        try await writer.publish("1", text, qos: .atLeastOnce)
                    }
                }
                #expect(try await readingOnce.value == (0..<count).map(String.init) + ["end"])
                var first: [String] = []
                for text in try await reading.value where !first.contains(text) { first.append(text) }
                #expect(first == (0..<count).map(String.init) + ["end"])
                #expect(proxy.count > 20, "too few cuts to prove anything")
            }
        }
    }

    @Test("The outbox is bounded while there is no connection")
    func outboxFull() async throws {
        try await withProxy { server, proxy in
            let through = ServerAddress.tcp(host: "127.0.0.1", port: proxy.port)
            try await server.client(
                .v5,
                {
                    $0.server = through
                    $0.outboxCapacity = 3
                }
            ) { client in
                var events = await client.events().makeAsyncIterator()
                proxy.refuse(true)
                proxy.cut()
                while let event = await events.next() {
                    if case .connectionLost = event { break }
                }
                var receipts: [PublishReceipt] = []
                for text in ["1", "2", "3"] {
                    receipts.append(
                        try await client.submit("t", payload: ByteBuffer(string: text), qos: .atLeastOnce))
                }
                await #expect(throws: ClientError.outboxFull) {
                    _ = try await client.submit("t", payload: ByteBuffer(), qos: .atLeastOnce)
                }
                await #expect(throws: ClientError.timedOut) {
                    try await receipts[0].fulfilled(within: .milliseconds(10))
                }
                // What was taken back has made room.
                receipts[0] = try await client.submit("t", payload: ByteBuffer(), qos: .atLeastOnce)
                proxy.refuse(false)
                for receipt in receipts { try await receipt.fulfilled(within: .seconds(20)) }
            }
        }
    }

    @Test("Without a policy a lost connection ends the client")
    func noPolicy() async throws {
        try await withProxy { server, proxy in
            var configuration = try server.configuration()
            configuration.server = .tcp(host: "127.0.0.1", port: proxy.port)
            configuration.reconnect = nil
            let client = MQTTClient(configuration)
            try await client.connect()
            let messages = try await client.subscribe("t")
            proxy.cut()
            await #expect(throws: ClientError.connectionLost) { _ = try await messages.texts(1) }
        }
    }
}

/// A small generator with a seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

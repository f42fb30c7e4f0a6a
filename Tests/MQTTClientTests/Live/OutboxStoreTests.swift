import MQTTBroker
import MQTTClient
import NIOCore
import Synchronization
import Testing

/// A store in memory, which outlives its clients.
private final class MemoryStore: OutboxStore {
    private struct Full: Error {}

    private let messages = Mutex<[UInt64: OutboxEntry]>([:])
    let capacity: Int

    init(capacity: Int = .max) { self.capacity = capacity }

    var count: Int { messages.withLock { $0.count } }

    func load() async -> [OutboxEntry] { messages.withLock { Array($0.values) } }

    func store(_ message: OutboxEntry) async throws {
        try messages.withLock { messages in
            guard messages.count < capacity else { throw Full() }
            messages[message.number] = message
        }
    }

    func remove(_ number: UInt64) async { messages.withLock { $0[number] = nil } }
}

@Suite("A durable outbox", .timeLimit(.minutes(1)))
struct OutboxStoreTests {
    @Test("What was published offline is sent by the next program, in its order and with its properties")
    func survives() async throws {
        let store = MemoryStore()
        try await LiveServer.with { server in
            let port = try #require(server.listeners[0].url.port)
            let proxy = try await CuttingProxy.start(
                to: try SocketAddress(ipAddress: "127.0.0.1", port: port))
            let first = MQTTClient(
                try server.configuration {
                    $0.server = .tcp(host: "127.0.0.1", port: proxy.port)
                    $0.outboxStore = store
                })
            let events = await first.events()
            try await first.connect()
            try await first.publish("t", "sent", qos: .atLeastOnce)
            proxy.refuse(true)
            proxy.cut()
            for await event in events { if case .connectionLost = event { break } }
            for number in 0..<20 {
                _ = try await first.submit(
                    "t", payload: ByteBuffer(string: "\(number)"),
                    qos: number % 2 == 0 ? .atLeastOnce : .exactlyOnce,
                    properties: [.contentType("n"), .messageExpiryInterval(1_000)])
            }
            // No need to be kept.
            _ = try await first.submit("t", payload: ByteBuffer(string: "lost"))
            await first.disconnect()
            #expect(store.count == 20)
            await proxy.stop()

            try await server.client { watcher in
                let messages = try await watcher.subscribe("t", qos: .exactlyOnce)
                try await server.client(.v5, { $0.outboxStore = store }) { second in
                    var texts: [String] = []
                    for try await message in messages {
                        texts.append(message.text)
                        #expect(message.properties.contentType == "n")
                        #expect((900...1_000).contains(message.properties.messageExpiryInterval ?? 0))
                        if texts.count == 20 { break }
                    }
                    #expect(texts == (0..<20).map(String.init))
                    try await second.publish("t", "new", qos: .exactlyOnce)
                    let last = try await messages.texts(1)
                    #expect(last == ["new"])
                }
            }
            // Removals come one after the other, and nobody waits for them but the next program.
            while store.count > 0 { await Task.yield() }
        }
    }

    @Test("A store that takes nothing is told, and the message is not sent")
    func full() async throws {
        try await LiveServer.with { server in
            try await server.client(.v5, { $0.outboxStore = MemoryStore(capacity: 0) }) { client in
                let error = await #expect(throws: ClientError.self) {
                    try await client.publish("t", "x", qos: .atLeastOnce)
                }
                #expect("\(error, default: "none")".hasPrefix("the outbox's store failed"))
                try await client.publish("t", "x")
            }
        }
    }
}

import MQTTCodec
import MQTTEngine
import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// `martlet-costs --shards COUNT`: a table for the cost model in docs/performance.md.
enum ShardTable {
    static func print(shards count: Int) {
        let model = ShardModel(count: count)
        Swift.print("| with \(count) shards | batches between shards | bytes in them |\n|---|---:|---:|")
        func row(_ what: String, _ operation: () -> Void) {
            let (batches, bytes) = model.count(operation)
            Swift.print("| \(what) | \(batches) | \(bytes) |")
        }
        let publisher = model.client("publisher", on: 0)
        row("a client connects for the first time") { _ = model.client("first", on: 1) }
        var subscriber = model.client("subscriber", on: 2)
        row("the first subscription to a filter") { model.subscribe("here/only", subscriber, on: 2) }
        let neighbour = model.client("neighbour", on: 2)
        row("another one to it on the same shard") { model.subscribe("here/only", neighbour, on: 2) }
        let own = model.client("own", on: 0)
        model.subscribe("own", own, on: 0)
        row("PUBLISH that nobody wants") { model.send(.message("nobody", .atMostOnce), publisher, on: 0) }
        row("PUBLISH that only its own shard wants") {
            model.send(.message("own", .atLeastOnce, 1), publisher, on: 0)
        }
        row("PUBLISH, 64 bytes, QoS 0, to two clients of another shard") {
            model.send(.message("here/only", .atMostOnce), publisher, on: 0)
        }
        row("the same at QoS 1") { model.send(.message("here/only", .atLeastOnce, 2), publisher, on: 0) }
        for host in 0..<count {
            let id = model.client("everywhere-\(host)", on: host)
            model.subscribe("everywhere", id, on: host)
        }
        row("PUBLISH that every shard wants") {
            model.send(.message("everywhere", .atMostOnce), publisher, on: 0)
        }
        row("a retained PUBLISH") {
            model.send(
                .publish(
                    Publish(topicName: "kept", payload: ByteBuffer(repeating: 1, count: 64), retain: true)),
                publisher, on: 0)
        }
        row("a client comes back on another shard, with a subscription and queued messages") {
            subscriber = model.client("subscriber", on: 3 % count)
        }
        memory(model, count)
    }

    /// Resident bytes for each session and filter, spread over all shards.
    private static func memory(_ model: ShardModel, _ count: Int) {
        let sessions = 32_768
        let before = resident()
        var ids: [ConnectionID] = []
        for number in 0..<sessions { ids.append(model.client("client-\(number)", on: number % count)) }
        let connected = resident()
        for number in 0..<sessions {
            model.subscribe("device/\(number)/commands", ids[number], on: number % count)
        }
        let subscribed = resident()
        Swift.print(
            """

            \(sessions) connected clients take \((connected - before) / sessions) bytes each in the engine; a filter that \
            nobody else has takes \((subscribed - connected) / sessions) more, in all shards together.
            """)
    }

    private static func resident() -> Int {
        #if os(Linux)
            var text = [CChar](repeating: 0, count: 128)
            guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
            defer { unsafe fclose(file) }
            guard unsafe fgets(&text, 128, file) != nil else { return 0 }
            let fields = text.map { UInt8(bitPattern: $0) }.split(separator: UInt8(ascii: " "))
            return (Int(String(decoding: fields[1], as: UTF8.self)) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
        #else
            return 0
        #endif
    }
}

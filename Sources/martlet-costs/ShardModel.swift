import MQTTCodec
import MQTTEngine
import NIOCore

/// Many shards of one broker in one process, to count what they tell each other and what they keep: what cannot be
/// measured where there are not as many processors.
final class ShardModel {
    private final class Host {
        var shard: Shard
        var inbox: [(sibling: Int, batch: SiblingBatch)] = []

        init(_ place: ShardPlace) {
            var configuration = EngineConfiguration()
            configuration.systemTopicInterval = 0
            shard = Shard(
                configuration: configuration, seed: UInt64(place.index) + 1, now: Instant(milliseconds: 0),
                place: place)
        }
    }

    private let hosts: [Host]
    private let now = Instant(milliseconds: 0)
    private var batches = 0
    private var bytes = 0

    init(count: Int) {
        hosts = (0..<count).map { Host(ShardPlace(index: $0, of: count, seed: 7)) }
        settle()
    }

    var delivered: UInt64 { hosts.reduce(0) { $0 + $1.shard.counters.publishesSent.total } }

    /// A client of a session that outlives its connection.
    func client(_ name: String, on host: Int) -> ConnectionID {
        guard let id = hosts[host].shard.connectionOpened(Peer(address: "", listener: ""), at: now) else {
            preconditionFailure("no room")
        }
        let connect = Connect(
            cleanStart: false, clientIdentifier: MQTTString(name), properties: [.sessionExpiryInterval(3_600)]
        )
        send(.connect(connect), id, on: host)
        return id
    }

    func subscribe(_ filter: String, _ id: ConnectionID, on host: Int) {
        let entry = Subscribe.Entry(MQTTString(filter), SubscriptionOptions(qos: .atLeastOnce))
        send(.subscribe(Subscribe(packetIdentifier: 1, [entry])), id, on: host)
    }

    func send(_ packet: ControlPacket, _ id: ConnectionID, on host: Int) {
        hosts[host].shard.received(packet.bytes, on: id, at: now)
        settle()
    }

    /// What an operation makes the shards tell each other.
    func count(_ operation: () -> Void) -> (batches: Int, bytes: Int) {
        (batches, bytes) = (0, 0)
        operation()
        return (batches, bytes)
    }

    /// Every shard does all it has to do, until none has anything left.
    private func settle() {
        var isBusy = true
        while isBusy {
            isBusy = false
            for (index, host) in hosts.enumerated() {
                let mail = host.inbox
                host.inbox = []
                for (sibling, batch) in mail { host.shard.received(batch, from: sibling, at: now) }
                while let action = host.shard.nextAction() {
                    switch action {
                    case .pass(let sibling):
                        let batch = host.shard.takeBatch(for: sibling)
                        batches += 1
                        bytes += batch.count
                        hosts[sibling].inbox.append((index, batch))
                        isBusy = true
                    case .write(let id): _ = host.shard.takeOutput(of: id)
                    default: break
                    }
                }
            }
        }
    }
}

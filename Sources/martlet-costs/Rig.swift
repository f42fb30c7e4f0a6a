import MQTTCodec
import MQTTEngine
import NIOCore

/// A shard, its clients, and what its driver would do with it, without a network.
struct Rig: ~Copyable {
    var shard: Shard
    private var now = Instant(milliseconds: 1_000_000)
    private var bytesTaken = 0
    /// What there is for the other shard.
    private var batch: SiblingBatch?

    init(_ ports: Ports = Ports(), isDurable: Bool = false, place: ShardPlace = .alone) {
        var configuration = EngineConfiguration()
        configuration.systemTopicInterval = 0
        shard = Shard(
            configuration: configuration, ports: ports, seed: 42, now: now, isDurable: isDurable, place: place
        )
    }

    mutating func open() -> ConnectionID {
        guard let id = shard.connectionOpened(Peer(address: "192.0.2.1:1000", listener: "costs"), at: now)
        else { preconditionFailure("no room") }
        return id
    }

    /// A client that is connected.
    mutating func client(_ name: String, isStored: Bool = false) -> ConnectionID {
        let id = open()
        let properties: Properties = isStored ? [.sessionExpiryInterval(3_600)] : []
        send(
            .connect(Connect(clientIdentifier: MQTTString(name), properties: properties)), on: id)
        return id
    }

    /// A client that subscribes to one filter.
    mutating func subscriber(_ name: String, _ filter: String, _ qos: QoS, isStored: Bool = false)
        -> ConnectionID
    {
        let id = client(name, isStored: isStored)
        let entry = Subscribe.Entry(MQTTString(filter), SubscriptionOptions(qos: qos))
        send(.subscribe(Subscribe(packetIdentifier: 1, [entry])), on: id)
        return id
    }

    mutating func send(_ packet: ControlPacket, on id: ConnectionID) { send(packet.bytes, on: id) }

    /// Bytes come in, and everything that follows is done.
    mutating func send(_ bytes: ByteBuffer, on id: ConnectionID) {
        shard.received(bytes, on: id, at: now)
        settle()
    }

    mutating func lose(_ id: ConnectionID) {
        shard.connectionLost(id, at: now)
        settle()
    }

    mutating func takeFrom(_ sibling: Int, _ batch: SiblingBatch) {
        shard.received(batch, from: sibling, at: now)
        settle()
    }

    /// What a driver does at the end of a turn. Batches for another shard wait for ``takeBatch()``.
    mutating func settle() {
        while true {
            while let action = shard.nextAction() { perform(action) }
            guard shard.hasBatchToStore, let batch = shard.beginDueBatch() else { return }
            shard.batchStored(batch.number, at: now)
        }
    }

    mutating func takeBatch() -> SiblingBatch? {
        defer { batch = nil }
        return batch
    }

    private mutating func perform(_ action: Action) {
        switch action {
        case .write(let id):
            let output = shard.takeOutput(of: id)
            bytesTaken += output.count
            let first = output.first
            _ = consume output
            shard.reclaim(consume first)
        case .authenticate(let id, let request):
            shard.authenticated(id, .accepted(userName: request.userName), at: now)
        case .pass(let sibling): batch = shard.takeBatch(for: sibling)
        case .close(_, let final): bytesTaken += final.count
        case .report, .pauseReading, .resumeReading, .authorize, .readQueue: break
        }
    }
}

extension ControlPacket {
    /// Its form in MQTT 5.0.
    var bytes: ByteBuffer {
        var buffer = ByteBuffer()
        encode(into: &buffer, version: .v5)
        return buffer
    }

    static func message(_ topic: String, _ qos: QoS, payload: Int = 64, _ identifier: UInt16 = 0) -> Self {
        .publish(
            Publish(
                topicName: MQTTString(topic), payload: ByteBuffer(repeating: 0x61, count: payload), qos: qos,
                packetIdentifier: identifier))
    }
}

/// Ends the run when a path did not do what is measured.
func require(_ isTrue: Bool, _ what: String) {
    precondition(isTrue, what)
}

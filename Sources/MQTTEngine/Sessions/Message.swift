import MQTTCodec

/// An Application Message that the broker has taken over: kept once, however many sessions wait for it.
struct Message {
    /// Topic, properties as they are forwarded, payload.
    private let bytes: [UInt8]
    private let topicCount: Int
    private let propertiesCount: Int

    let qos: QoS
    /// RETAIN as the publisher set it.
    let retain: Bool
    /// The end of its Message Expiry Interval.
    let expiresAt: Instant?
    /// How much is promised of it.
    var durability = Durability.synced
    /// How many deliveries and retained places use it.
    var references = 0
    /// How many of them have rows.
    var rows = 0
    /// Whether queues on the disk may refer to it as well, of which memory does not know.
    var isAwaitedOnDisk = false
    /// Whether ``Shard/awaited`` finds it.
    var isFindable = false
    /// Whether its row was given up, should no queue on the disk need it.
    var isRowGivenUp = false
    /// Its number in the store; 0: it has no row.
    var id: Int64 = 0
    var mark = StoreMark()
    /// The batch that has to be stored before any PUBLISH of it goes out; 0: none.
    var blockedUntil: UInt64 = 0
    /// Whether its number was another shard's when it was restored.
    var isRenumbered = false
    /// Who waits until it is stored, or needed by nobody.
    var owed: Creditor?

    init(copying view: borrowing MessageView) {
        topicCount = view.topic.count
        propertiesCount = view.properties.count
        bytes = [UInt8](joining: view.topic, view.properties, view.payload)
        qos = view.qos
        retain = view.retain
        expiresAt = view.expiresAt
    }

    /// Bytes that it holds, for the bounds on memory.
    var count: Int { bytes.count }

    var payloadCount: Int { bytes.count - topicCount - propertiesCount }

    var view: MessageView {
        @_lifetime(borrow self)
        borrowing get {
            let span = bytes.span
            return MessageView(
                topic: span.extracting(0..<topicCount),
                properties: span.extracting(topicCount..<topicCount + propertiesCount),
                payload: span.extracting(topicCount + propertiesCount..<bytes.count),
                qos: qos, retain: retain, expiresAt: expiresAt)
        }
    }

    func isExpired(at now: Instant) -> Bool {
        guard let expiresAt else { return false }
        return expiresAt <= now
    }

    /// The message alone, for another shard: without what this one knows of its uses. The bytes are shared, and
    /// never change.
    func travelling() -> Self {
        var other = self
        other.references = 0
        other.rows = 0
        other.id = 0
        other.mark = StoreMark()
        other.blockedUntil = 0
        other.owed = nil
        other.isAwaitedOnDisk = false
        other.isFindable = false
        other.isRowGivenUp = false
        return other
    }

    func stored(expiresAt: Int64?) -> StoredMessage {
        StoredMessage(
            id: id, bytes: bytes, topicCount: topicCount, propertiesCount: propertiesCount, qos: qos,
            retain: retain,
            expiresAt: expiresAt)
    }

    init(_ stored: StoredMessage, expiresAt: Instant?) {
        bytes = stored.bytes
        topicCount = stored.topicCount
        propertiesCount = stored.propertiesCount
        qos = stored.qos
        retain = stored.retain
        self.expiresAt = expiresAt
        id = stored.id
    }
}

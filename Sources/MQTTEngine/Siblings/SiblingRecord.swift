import MQTTCodec
import NIOCore

/// The records of a ``SiblingBatch``.
enum SiblingRecord {
    enum Kind: UInt8 {
        /// The next of the batch's notices stands here.
        case notice
        /// A message for whoever has subscribed.
        case publish
        /// A message for one member of a shared subscription.
        case share
        /// A message is safe: its creditor gets back a weight.
        case settled
    }

    /// A message on its way to another shard, without its bytes, which follow: for a share the filter, then
    /// topic, properties and payload.
    struct Header {
        static let size = 49

        var kind: Kind
        var qos: QoS
        var retain: Bool
        var topicCount: Int
        var propertiesCount: Int
        var payloadCount: Int
        var expiresAt: Instant?
        /// Of a retained message: when it came, in the count that siblings share. Of a share: the length of
        /// the filter.
        var stamp: UInt64
        /// The publisher, to be held back if need be, and who waits for the message to be safe, with a weight of
        /// 0 if nobody does.
        var creditor: Creditor

        var bodyCount: Int {
            (kind == .share ? Int(stamp) : 0) + topicCount + propertiesCount + payloadCount
        }
    }
}

extension SiblingRecord.Header {
    private static let retainFlag: UInt8 = 4
    private static let expiryFlag: UInt8 = 8

    init?(_ buffer: borrowing ByteBuffer, at place: Int) {
        guard
            let (rawKind, shard, flags, topicCount, propertiesCount, payloadCount, expiresAt, stamp) =
                buffer.getMultipleIntegers(
                    at: place, endianness: .little,
                    as: (UInt8, UInt8, UInt8, UInt16, UInt32, UInt32, Int64, UInt64).self),
            let (slot, generation, acknowledgement, weight) = buffer.getMultipleIntegers(
                at: place + 29, endianness: .little, as: (UInt32, UInt32, UInt64, UInt32).self),
            let kind = SiblingRecord.Kind(rawValue: rawKind), let qos = QoS(rawValue: flags & 3)
        else { return nil }
        self.kind = kind
        self.qos = qos
        retain = flags & Self.retainFlag != 0
        self.topicCount = Int(topicCount)
        self.propertiesCount = Int(propertiesCount)
        self.payloadCount = Int(payloadCount)
        self.expiresAt = flags & Self.expiryFlag != 0 ? Instant(milliseconds: expiresAt) : nil
        self.stamp = stamp
        creditor = Creditor(
            shard: shard, connection: ConnectionID(slot: slot, generation: generation),
            acknowledgement: acknowledgement, weight: weight)
    }

    func write(to buffer: inout ByteBuffer) {
        let flags =
            qos.rawValue | (retain ? Self.retainFlag : 0) | (expiresAt != nil ? Self.expiryFlag : 0)
        buffer.writeMultipleIntegers(
            kind.rawValue, creditor.shard, flags, UInt16(topicCount), UInt32(propertiesCount),
            UInt32(payloadCount),
            expiresAt?.milliseconds ?? 0, stamp, endianness: .little)
        buffer.writeMultipleIntegers(
            creditor.connection.slot, creditor.connection.generation, creditor.acknowledgement,
            creditor.weight, endianness: .little)
    }
}

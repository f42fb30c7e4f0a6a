import NIOCore

/// What one shard has to say to another at the end of a turn, in order: bytes for what there is much of,
/// notices for the rest. Nothing in it is shared with the shard that made it.
public struct SiblingBatch: Sendable {
    /// Records one after the other; see ``SiblingRecord``.
    var bytes = ByteBuffer()
    /// In the order of the records that stand for them.
    var notices: [SiblingNotice] = []

    /// How many cuts the sender had made when it began; see ``Rounds``.
    var cuts: UInt64 = 0
    /// No retained change that the sender has yet to tell of is as old; see ``RetainedStamps``.
    var clock: UInt64 = 0

    var isEmpty: Bool { bytes.readableBytes == 0 }

    /// What it weighs, for the bound on what waits for a shard, in bytes.
    public var count: Int { bytes.readableBytes + notices.count * 64 }

    mutating func append(_ notice: SiblingNotice) {
        bytes.writeInteger(SiblingRecord.Kind.notice.rawValue)
        notices.append(notice)
    }
}

import MQTTCodec
import NIOCore

extension Shard {
    /// What a sibling has to say.
    public mutating func received(_ batch: SiblingBatch, from sibling: Int, at moment: Instant) {
        begin(moment)
        let mail = Rounds.Mail(sibling: sibling, batch: batch)
        if siblings.rounds.isAhead(batch.cuts, sibling) {
            siblings.rounds.stall(mail)
        } else {
            read(mail)
        }
        for mail in siblings.rounds.takeStalled() { read(mail) }
    }

    private mutating func read(_ mail: Rounds.Mail) {
        let (sibling, batch) = (mail.sibling, mail.batch)
        var (place, next) = (mail.place, mail.notice)
        while let byte = batch.bytes.getInteger(at: place, as: UInt8.self),
            let kind = SiblingRecord.Kind(rawValue: byte)
        {
            switch kind {
            case .notice:
                place += 1
                next += 1
                if case .afterCut(let cuts) = batch.notices[next - 1] {
                    guard siblings.rounds.isAhead(cuts, sibling) else { continue }
                    siblings.rounds.stall(
                        Rounds.Mail(sibling: sibling, batch: batch, place: place, notice: next))
                    return
                }
                received(batch.notices[next - 1], from: sibling)
            case .publish, .share:
                guard let header = SiblingRecord.Header(batch.bytes, at: place) else { break }
                place += SiblingRecord.Header.size
                siblings.source = sibling
                received(header, batch.bytes, at: place)
                siblings.source = siblings.place.index
                place += header.bodyCount
            case .settled:
                guard
                    let (slot, generation, acknowledgement, weight) = batch.bytes.getMultipleIntegers(
                        at: place + 1, endianness: .little, as: (UInt32, UInt32, UInt64, UInt32).self)
                else { break }
                place += 21
                settle(ConnectionID(slot: slot, generation: generation), acknowledgement, weight)
            }
        }
        siblings.stamps.heard(batch.clock, from: sibling)
    }

    /// What is to be given to a sibling, as ``Action/pass(to:)`` asks.
    public mutating func takeBatch(for sibling: Int) -> SiblingBatch { siblings.take(for: sibling) }

    private mutating func received(_ notice: SiblingNotice, from sibling: Int) {
        switch notice {
        case .interest(let pattern, let level): receivedInterest(pattern, level, from: sibling)
        case .members(let filter, let members): receivedMembers(filter, members, from: sibling)
        case .pending(let filter, let message, let row): receivedPending(filter, message, row)
        case .claim(let claim): claimed(claim)
        case .granted(let claim): granted(claim)
        case .settled(let identifier, let owner):
            take(siblings.directory.settled(identifier, owner: owner))
        case .ended(let identifier): siblings.directory.ended(identifier, owner: sibling)
        case .surrender(let claim): surrender(claim)
        case .handedOver(let claim, let session): handedOver(claim, session, from: sibling)
        case .refused(let claim): refused(claim, owner: sibling)
        case .moved(let identifier, let origin): moved(identifier, from: origin, to: sibling)
        case .cut(let identifier): receivedCut(identifier, from: sibling)
        case .drained(let identifier, let source): receivedDrained(identifier, source)
        case .forwarded(let identifier, let message, let qos, let retain, let identifiers, let creditor):
            receivedForwarded(identifier, message, qos, retain, identifiers, creditor)
        case .kept(let identifier): giveBackLent(identifier)
        case .rowGone(let id): rowGone(id)
        case .handedOnStored(let id): handedOnStored(id)
        case .fence(let creditor):
            siblings.creditor = creditor
            wait = isAllStored ? .none : .batch
            repay()
        case .hold(let id, let isTimed): holdForSibling(id, isTimed)
        case .release(let id): release(id)
        case .clientCame: clientCame()
        case .countersWanted: tellCounters(to: sibling)
        case .counters(let counters): received(counters)
        case .clockWanted: siblings.tell(sibling, .clock)
        case .clock, .afterCut: break
        case .round(let step): received(step, from: sibling)
        }
    }

    /// Tells a sibling something, or this shard itself.
    mutating func tell(_ shard: Int, _ notice: SiblingNotice) {
        if shard == siblings.place.index {
            received(notice, from: shard)
        } else {
            siblings.tell(shard, notice)
        }
    }
}

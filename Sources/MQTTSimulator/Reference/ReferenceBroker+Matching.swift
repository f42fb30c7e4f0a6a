import MQTTCodec
import MQTTEngine

/// Finds what a PUBLISH is of all that a session is owed. Some of it can look alike: a client that was not
/// answered sends its message again, and the broker takes it for another one.
extension ReferenceBroker {
    /// Where a PUBLISH stands among what a session is owed. Of several that look alike the one that is owed,
    /// has not expired and overtakes nothing: the others may never come.
    func place(
        of publish: Publish, _ topic: MQTTString, _ session: ReferenceSession,
        _ connection: ReferenceConnection
    ) -> Int? {
        var alike = session.waiting.indices.filter {
            session.waiting[$0].isSame(as: publish, topic: topic, connection.version)
        }
        let unseen = alike.filter { session.waiting[$0].mayHaveBeenSent }
        if publish.dup && !unseen.isEmpty { alike = unseen }
        guard alike.count > 1 else { return alike.first }
        let fitting = alike.filter { hasRightExpiry(publish, session.waiting[$0], connection) }
        let places = fitting.isEmpty ? alike : fitting
        let likely = places.first { place in
            let delivery = session.waiting[place]
            return !delivery.isOptional && !delivery.isPassedOver && !delivery.message.mayBeExpired(now)
                && predecessors(of: place, session).isEmpty
        }
        // It counts when it was written, not when it was seen.
        let possible = places.first {
            !session.waiting[$0].isPassedOver
                && !session.waiting[$0].message.isSurelyExpired(connection.hiddenSince ?? now)
        }
        return likely ?? possible ?? places.first
    }

    /// Whether it may be sent: it has not expired, or began to be sent before, which its PUBLISH says.
    func isAlive(_ delivery: Delivery, _ connection: ReferenceConnection, isResent: Bool) -> Bool {
        isResent && delivery.mayHaveBeenSent
            || !delivery.message.isSurelyExpired(connection.hiddenSince ?? now)
    }

    /// What must be sent before it.
    func predecessors(of place: Int, _ session: ReferenceSession) -> [Delivery] {
        session.waiting[..<place].filter {
            $0.isOrderedWith(session.waiting[place]) && !$0.isOptional && !$0.isPassedOver
                && !$0.message.mayBeExpired(now)
        }
    }

    /// Whether a PUBLISH says what is left of the Message Expiry Interval [MQTT-3.3.2-6]; give or take the
    /// time for which its bytes may have lain unfetched.
    func hasRightExpiry(
        _ publish: Publish, _ delivery: Delivery, _ connection: ReferenceConnection
    ) -> Bool {
        let interval = publish.properties.messageExpiryInterval
        guard let deadline = delivery.message.deadline, connection.version == .v5 else {
            return interval == nil
        }
        guard let interval else { return false }
        if delivery.mayHaveBeenSent || publish.dup { return true }
        // In whole seconds, rounded up.
        let given = Int64(interval) * 1000
        return deadline.milliseconds(since: now) <= given
            && given < deadline.milliseconds(since: connection.hiddenSince ?? now) + 1000
    }
}

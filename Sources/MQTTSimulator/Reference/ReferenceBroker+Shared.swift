import MQTTCodec
import MQTTEngine

/// Shared subscriptions, section 4.8.2: every message goes to one member of each group.
extension ReferenceBroker {
    /// - Returns: whether there is a group for it.
    func claim(_ message: Message) -> Bool {
        var groups: [MQTTString] = []
        for session in sessions {
            for subscription in session.subscriptions
            where subscription.filter.isShared && subscription.filter.matches(message.topic)
                && !groups.contains(subscription.filter.string)
            {
                groups.append(subscription.filter.string)
            }
        }
        for group in groups {
            var candidates: [SharedClaim.Candidate] = []
            for session in sessions {
                guard let subscription = session.membership(of: group) else { continue }
                candidates.append(
                    .init(clientIdentifier: session.clientIdentifier, subscription: subscription))
            }
            let claim = SharedClaim(message, group: group, candidates: candidates)
            claims.append(claim)
            claim.isOptional = !canBeGiven(claim)
        }
        return !groups.isEmpty
    }

    /// Whether some member can take it: one that is there, or one for whom it is kept.
    private func canBeGiven(_ claim: SharedClaim) -> Bool {
        for session in sessions {
            guard let subscription = session.membership(of: claim.group) else { continue }
            if let connection = session.connection {
                // Discarded by whom it is too large for [MQTT-3.1.2-25]; lost with a publisher's wait.
                if connection.isTooLarge(claim.message) { return false }
                if holdsPublishers && min(claim.message.qos, subscription.options.qos) == .atMostOnce {
                    return false
                }
            }
        }
        return sessions.contains { session in
            guard let subscription = session.membership(of: claim.group) else { return false }
            return session.connection != nil
                || min(subscription.options.qos, claim.message.qos) != .atMostOnce
        }
    }

    /// The claim that a PUBLISH to a session fulfils, as a delivery.
    ///
    /// Copies of one message for several groups can look alike. Which group each is for shows only when all
    /// have been seen, so the first ones are matched anew where that is what it takes.
    func claimed(
        by session: ReferenceSession, _ publish: Publish, topic: MQTTString, _ connection: ReferenceConnection
    ) -> Delivery? {
        var possible: [Delivery] = []
        for claim in claims where claim.message.topic == topic {
            for membership in memberships(of: session.clientIdentifier, in: claim) {
                let delivery = claim.delivery(to: membership, of: session.clientIdentifier)
                guard delivery.isSame(as: publish, topic: topic, connection.version),
                    hasRightExpiry(publish, delivery, connection)
                else { continue }
                delivery.hidesProperties = connection.version != .v5
                possible.append(delivery)
            }
        }
        // One that has expired is only meant if no other can be.
        let mayBeResent = publish.dup && session.mayHaveMissed
        let alive = possible.filter { mayBeResent || isAlive($0, connection, isResent: publish.dup) }
        for candidates in [alive, possible] where !candidates.isEmpty {
            let serials = Set(candidates.map(\.message.serial))
            for delivery in candidates {
                delivery.possibleSerials = serials
                var visited: [SharedClaim] = []
                guard place(delivery, &visited) else { continue }
                deliveries.append(delivery)
                return delivery
            }
        }
        return nil
    }

    /// A PUBLISH that nothing is left for, while an earlier one that was taken for the session's own copy may have been a
    /// group's: then this one is the other of the two.
    func exchanged(_ publish: Publish, topic: MQTTString, _ session: ReferenceSession) -> Delivery? {
        for other in deliveries
        where other.cause == .live && other.stage != .waiting && other.connection?.session === session
            && other.isSame(as: publish, topic: topic, session.connection?.version ?? .v5)
        {
            for claim in claims where claim.delivery == nil && claim.message.serial == other.message.serial {
                let fits = memberships(of: session.clientIdentifier, in: claim).contains { membership in
                    let copy = claim.delivery(to: membership, of: session.clientIdentifier)
                    return copy.qos == other.qos && copy.retain.contains(other.seenRetain)
                        && copy.subscriptionIdentifiers == other.subscriptionIdentifiers
                }
                guard fits else { continue }
                let delivery = Delivery(
                    claim.message, .shared, qos: other.qos, retain: [publish.retain],
                    subscriptionIdentifiers: other.subscriptionIdentifiers, receiver: session.clientIdentifier
                )
                delivery.possibleSerials = [claim.message.serial]
                delivery.claim = claim
                claim.delivery = delivery
                deliveries.append(delivery)
                return delivery
            }
        }
        return nil
    }

    /// A retained message is owed no longer. What was taken for it may have been a copy for a group that nothing else was
    /// put down to yet, and then the retained message is what was not sent.
    func excuseRetained(_ delivery: Delivery) {
        if delivery.stage == .waiting { return delivery.isOptional = true }
        let isInDoubt = claims.contains { $0.delivery == nil && fits(delivery, $0) }
        if isInDoubt && !spares.contains(where: { $0 === delivery }) { spares.append(delivery) }
    }

    /// Whether a delivery may have been for a claim: nothing that was seen of it says otherwise.
    func fits(_ delivery: Delivery, _ claim: SharedClaim) -> Bool {
        delivery.possibleSerials.contains(claim.message.serial)
            && memberships(of: delivery.receiver, in: claim).contains {
                claim.delivery(to: $0, of: delivery.receiver).isLike(delivery)
            }
    }

    /// Finds a claim for a delivery, if need be by finding another one for the delivery that has it.
    private func place(_ delivery: Delivery, _ visited: inout [SharedClaim]) -> Bool {
        let fitting = claims.filter { claim in
            !visited.contains { $0 === claim } && fits(delivery, claim)
        }
        visited += fitting
        // Of two alike the one that is owed: the other may never come.
        let open = fitting.filter { $0.delivery == nil }
        var found = open.first { !$0.isOptional && !$0.message.mayBeExpired(now) } ?? open.last
        if found == nil {
            for claim in fitting {
                guard let other = claim.delivery, other.stage != .waiting, place(other, &visited) else {
                    continue
                }
                found = claim
                break
            }
        }
        guard let found else { return false }
        found.delivery = delivery
        delivery.claim = found
        delivery.message = found.message
        return true
    }

    func memberships(of clientIdentifier: MQTTString, in claim: SharedClaim) -> [ReferenceSubscription] {
        let current = session(clientIdentifier)?.membership(of: claim.group)
        let known = claim.candidates.filter { $0.clientIdentifier == clientIdentifier }
        return known.map(\.subscription) + [current].compactMap(\.self)
    }

    /// A member is there that takes no large messages: what it is picked for and cannot take is discarded.
    func loosen(_ group: MQTTString, _ connection: ReferenceConnection) {
        for claim in claims where claim.group == group && mayBeOpen(claim) {
            if connection.isTooLarge(claim.message) { claim.isOptional = true }
        }
    }

    /// A membership ends or changes: what the member was picked for before may still reach it.
    func remember(_ subscription: ReferenceSubscription, of session: ReferenceSession) {
        for claim in claims where claim.group == subscription.filter.string && mayBeOpen(claim) {
            claim.candidates.append(
                .init(clientIdentifier: session.clientIdentifier, subscription: subscription))
        }
    }

    /// A member's connection ended: what it may have been picked for at QoS 0 is gone with it.
    func weakenClaims(_ session: ReferenceSession) {
        for claim in claims where mayBeOpen(claim) {
            let qos = memberships(of: session.clientIdentifier, in: claim).map(\.options.qos)
            if qos.contains(where: { min($0, claim.message.qos) == .atMostOnce }) { claim.isOptional = true }
        }
    }

    /// Members left: nobody is owed what nobody can be given. With the last of them the group has ended, and whoever
    /// still had something of it need not acknowledge it for another to get.
    func weakenClaims(of group: MQTTString) {
        let hasEnded = !sessions.contains { $0.membership(of: group) != nil }
        for claim in claims where hasEnded && claim.group == group { claim.isOptional = true }
        for claim in claims where claim.group == group && mayBeOpen(claim) && !canBeGiven(claim) {
            claim.isOptional = true
        }
    }

    /// Whether nobody may have got it yet: the delivery that was put down to it, if any, may have been another
    /// group's, for which it is seen only later that it got one.
    private func mayBeOpen(_ claim: SharedClaim) -> Bool {
        guard let delivery = claim.delivery else { return true }
        return claims.contains { $0 !== claim && fits(delivery, $0) }
    }

    /// A session ended: what it was sent at QoS 1 and did not acknowledge may go to another member, what it
    /// was sent at QoS 2 may not [MQTT-4.8.2-5].
    func leave(_ session: ReferenceSession) {
        for subscription in session.subscriptions where subscription.filter.isShared {
            remember(subscription, of: session)
        }
        for delivery in session.inFlight where delivery.qos == .atLeastOnce && delivery.stage == .sent {
            guard let claim = delivery.claim else { continue }
            claim.delivery = nil
            claim.isOptional = claim.isOptional || !canBeGiven(claim)
        }
        // It may be that it was sent unseen.
        for claim in claims where session.mayHaveMissed && mayBeOpen(claim) {
            let qos = memberships(of: session.clientIdentifier, in: claim).map(\.options.qos)
            guard qos.contains(.exactlyOnce) else { continue }
            if claim.message.qos == .exactlyOnce { claim.isOptional = true }
        }
        for subscription in session.subscriptions where subscription.filter.isShared {
            weakenClaims(of: subscription.filter.string)
        }
    }
}

extension ReferenceSession {
    func membership(of group: MQTTString) -> ReferenceSubscription? {
        subscriptions.first { $0.filter.string == group }
    }
}

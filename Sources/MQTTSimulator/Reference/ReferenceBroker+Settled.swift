import MQTTCodec
import MQTTEngine

/// Looks at what is left when every byte has arrived and every reader has read.
extension ReferenceBroker {
    /// How late a deadline may be seen to, in milliseconds.
    static let grain: Int64 = 1000

    /// Right after the shard has done all that it wants to: nothing that is due at once is missing.
    func checkAtOnce() throws(Fault) {
        guard unreportedWills.isEmpty else {
            throw Fault("the wills of \(unreportedWills) were not published [MQTT-3.1.2-8]")
        }
        guard earlyWills.isEmpty else {
            throw Fault("the wills of \(earlyWills) were published too early [MQTT-3.1.3-9]")
        }
    }

    /// Every byte that the shard has for a connection was fetched: nothing but a PUBLISH may wait.
    func checkAnswered(_ connection: ReferenceConnection) throws(Fault) {
        guard connection.stage == .connected, !connection.isOutlaw, !holdsPublishers else { return }
        if let answer = connection.answers.first {
            throw Fault("\(answer.type) \(answer.packetIdentifier) is held back [MQTT-3.3.4-10]")
        }
    }

    /// Right after time went on.
    func checkDeadlines() throws(Fault) {
        for session in sessions {
            if let will = session.will, now.milliseconds(since: will.due) > Self.grain {
                throw Fault("the will of \(session.clientIdentifier) is overdue [MQTT-3.1.2-8]")
            }
            if session.connection == nil, let deadline = session.deadline,
                now.milliseconds(since: deadline) > Self.grain
            {
                throw Fault("the session of \(session.clientIdentifier) outlives its time [MQTT-4.1.0-2]")
            }
        }
        for connection in connections where connection.stage != .ended && !connection.isOutlaw {
            if connection.stage == .connected {
                let life = Int64(connection.keepAlive) * 1500
                guard life == 0 || now.milliseconds(since: connection.lastPacket) <= life + Self.grain else {
                    throw Fault("connection \(connection.serial) outlives its Keep Alive [MQTT-3.1.2-22]")
                }
            } else if now.milliseconds(since: connection.openedAt)
                > timeToConnect(connection) + Self.grain
            {
                throw Fault("connection \(connection.serial) never sent CONNECT and lives")
            }
        }
    }

    /// How long a connection may be open without being let in.
    func timeToConnect(_ connection: ReferenceConnection) -> Int64 {
        configuration.limits.timeToConnect + (connection.isAsked ? configuration.limits.timeToDecide : 0)
    }

    /// Everything is written and read; some clients may not have acknowledged.
    func checkSettled() throws(Fault) {
        connections.removeAll { $0.stage == .ended }
        for session in sessions {
            guard let connection = session.connection else { continue }
            guard connection.wasAnswered else { throw Fault("no CONNACK for \(session.clientIdentifier)") }
            if let answer = connection.answers.first {
                throw Fault(
                    "\(answer.type) \(answer.packetIdentifier) is owed to \(session.clientIdentifier)")
            }
            let isFull =
                session.unanswered.count >= connection.receiveMaximum
            for delivery in session.waiting
            where
                !isFull || delivery.qos == .atMostOnce && delivery.cause != .retained
            {
                try checkMissing(delivery, session)
            }
            if !isFull {
                session.waiting.removeAll { $0.isOptional || $0.isPassedOver || $0.message.mayBeExpired(now) }
            }
            if let unsent = session.inFlight.first(where: { $0.connection !== connection && !$0.isOptional }),
                !isFull || connection.outstanding.isEmpty
            {
                throw Fault("\(unsent) was not resent to \(session.clientIdentifier) [MQTT-4.4.0-1]")
            }
        }
    }

    private func checkMissing(_ delivery: Delivery, _ session: ReferenceSession) throws(Fault) {
        if delivery.isOptional || delivery.message.mayBeExpired(now) { return }
        if dropsOldest && delivery.qos != .atMostOnce {
            session.reportedDrops -= 1
            reportedDrops -= 1
            delivery.isOptional = true
            guard session.reportedDrops < 0 else { return }
        }
        if isInsteadOfGroup(delivery, session) { return }
        throw Fault("\(session.clientIdentifier) never got \(delivery)")
    }

    /// What was taken for a group's copy was this one: the group is still owed its own, which another member may get.
    private func isInsteadOfGroup(_ delivery: Delivery, _ session: ReferenceSession) -> Bool {
        for claim in claims where claim.message.serial == delivery.message.serial {
            guard let copy = claim.delivery, copy.receiver == session.clientIdentifier,
                copy.qos == delivery.qos, delivery.retain.isSuperset(of: copy.retain),
                copy.subscriptionIdentifiers == delivery.subscriptionIdentifiers
            else { continue }
            claim.delivery = nil
            copy.claim = nil
            delivery.isOptional = true
            return true
        }
        return false
    }

    /// Copies for two groups, or of a message that was sent again, can look alike: what was put down to one that
    /// need not have got any may have been another's, directly or by turns.
    private func reassign(to claim: SharedClaim, _ visited: inout [SharedClaim]) -> Bool {
        visited.append(claim)
        if let place = spares.firstIndex(where: { fits($0, claim) }) {
            claim.delivery = spares.remove(at: place)
            return true
        }
        for other in claims where !visited.contains(where: { $0 === other }) {
            guard let delivery = other.delivery, fits(delivery, claim) else { continue }
            let isSpare = other.isOptional || other.message.mayBeExpired(now)
            guard isSpare || reassign(to: other, &visited) else { continue }
            claim.delivery = delivery
            if other.delivery === delivery { other.delivery = nil }
            return true
        }
        return false
    }

    /// Every client has come back and acknowledged everything.
    func checkFinished() throws(Fault) {
        for session in sessions {
            if let delivery = session.unanswered.first(where: { !$0.isOptional }) {
                throw Fault("\(delivery) of \(session.clientIdentifier) was never finished")
            }
        }
        for claim in claims where claim.delivery == nil && !claim.isOptional {
            var visited: [SharedClaim] = []
            _ = reassign(to: claim, &visited)
        }
        let missing = claims.filter { $0.delivery == nil && !$0.isOptional && !$0.message.mayBeExpired(now) }
        if let claim = missing.first, missing.count > reportedDrops {
            throw Fault("no member ever got \(claim)")
        }
        for delivery in deliveries where delivery.stage == .done && delivery.qos == .exactlyOnce {
            guard delivery.receipts <= 1 else {
                throw Fault("\(delivery) was handed over \(delivery.receipts) times")
            }
        }
    }
}

extension ReferenceBroker {
    var connectedCount: Int { sessions.filter { $0.connection != nil }.count }

    var subscriptionCount: Int { sessions.reduce(0) { $0 + $1.subscriptions.count } }

    /// Every moment at which time alone changes something.
    var deadlines: [Instant] {
        var all: [Instant] = []
        for session in sessions {
            if let will = session.will { all.append(will.due) }
            if session.connection == nil, let deadline = session.deadline { all.append(deadline) }
        }
        for connection in connections where connection.stage == .connected && connection.keepAlive > 0 {
            all.append(connection.lastPacket.advanced(milliseconds: Int64(connection.keepAlive) * 1500))
        }
        return all
    }
}

import MQTTCodec
import MQTTEngine

/// Looks at what the shard reports, and follows it where time decides.
extension ReferenceBroker {
    func reported(_ event: Event) throws(Fault) {
        switch event {
        case .willPublished(let clientIdentifier, _): try willPublished(clientIdentifier)
        case .sessionEnded(let clientIdentifier, let cause): try sessionEnded(clientIdentifier, cause)
        case .messagesDropped(let clientIdentifier, let reason, let count):
            try dropped(clientIdentifier, reason, count)
        case .clientConnected(let client, _, _, _):
            // The name that the broker has chosen for a client without one.
            session(MQTTString([]))?.clientIdentifier = client.identifier
        case .clientDisconnected(let client, .byServer(.quotaExceeded, _), _):
            try quotaExceeded(client.identifier)
        case .clientDisconnected(let client, .byServer(.keepAliveTimeout, _), _):
            if let connection = session(client.identifier)?.connection { try closed(connection) }
        case .clientDisconnected(let client, .byServer, _):
            if let connection = session(client.identifier)?.connection, connection.isViolating {
                try closed(connection)
            }
        case .publishRefused(let client, _, let reasonCode): try refused(client.identifier, reasonCode)
        case .publishersHeld(let clientIdentifier):
            guard configuration.limits.queueMessages < 1000 else {
                throw Fault("publishers are held by \(clientIdentifier), whose queue is not full")
            }
        default: break
        }
    }

    private func willPublished(_ clientIdentifier: MQTTString) throws(Fault) {
        if let place = unreportedWills.firstIndex(of: clientIdentifier) {
            unreportedWills.remove(at: place)
            return
        }
        guard let session = session(clientIdentifier), let pending = session.will,
            pending.due <= now || configuration.offlineQueuePolicy == .endSession
        else {
            throw Fault(
                "the will of \(clientIdentifier) was published, and must not be [MQTT-3.1.2-10, 3.1.3-9]")
        }
        // Ahead of its time only with the session, whose end has to follow.
        if pending.due > now { earlyWills.append(clientIdentifier) }
        session.will = nil
        route(pending.will, of: clientIdentifier)
    }

    private func sessionEnded(_ clientIdentifier: MQTTString, _ cause: SessionEndCause) throws(Fault) {
        let session = session(clientIdentifier)
        switch cause {
        case .connectionEnded: break
        case .expired:
            guard let session, session.connection == nil, let deadline = session.deadline else { return }
            guard deadline <= now else {
                throw Fault("the session of \(clientIdentifier) ended before its time [MQTT-3.1.2-23]")
            }
            endSession(session)
        case .queueFull:
            guard configuration.onlineQueuePolicy == .endSession else {
                throw Fault("the session of \(clientIdentifier) ended because of its queue")
            }
            earlyWills.removeAll { $0 == clientIdentifier }
            if let session { endSession(session) }
        case .cleanStart: break
        case .tooManySessions, .administrative:
            throw Fault("the session of \(clientIdentifier) ended: \(cause)")
        }
    }

    /// A connection was ended because its session's queue is full, or because it took nothing for too long.
    private func quotaExceeded(_ clientIdentifier: MQTTString) throws(Fault) {
        guard configuration.limits.queueMessages < 1000,
            let connection = session(clientIdentifier)?.connection
        else { throw Fault("\(clientIdentifier) was disconnected because of a queue") }
        connection.mayBeClosed = true
        end(connection, publishesWill: true)
    }

    private func dropped(_ clientIdentifier: MQTTString, _ reason: DropReason, _ count: Int) throws(Fault) {
        let isRight =
            switch reason {
            case .expired, .tooLargeForClient, .refusedByClient, .noMemberLeft, .sessionEnded: true
            case .queueFull: dropsOldest || configuration.onlineQueuePolicy == .rejectNewest
            case .slowReader, .notAuthorized, .retainedFull, .damaged, .unstorable: false
            }
        guard isRight else {
            throw Fault("\(count) messages for \(clientIdentifier) were dropped: \(reason)")
        }
        if reason == .queueFull {
            session(clientIdentifier)?.reportedDrops += count
            reportedDrops += count
        }
    }
}

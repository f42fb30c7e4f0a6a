import DequeModule
import MQTTCodec
import NIOCore

extension ClientSession {
    /// A new connection: what was on its way goes out again, in its order and under its packet identifiers
    /// [MQTT-4.4.0-1], then what is new. PUBLISH waits for the server's Receive Maximum, which may be lower than that
    /// of the connection before; nothing else does [MQTT-3.3.4-8].
    mutating func resend(at now: NIODeadline) {
        resending.removeAll(keepingCapacity: true)
        for (identifier, flight) in inFlight.sorted(by: { $0.value.order < $1.value.order }) {
            inFlight[identifier]?.waitsAgain = !flight.isReceived
            if flight.isReceived {
                Acknowledgement.encode(.pubrel, identifier, into: &output)
            } else {
                resending.append(identifier)
            }
        }
        for (identifier, request) in requests.sorted(by: { $0.key < $1.key }) { send(request, identifier) }
        lastSent = now
        sendOutbox(at: now)
    }

    /// Sends of that as much as may be sent now.
    mutating func sendAgain(at now: NIODeadline) {
        while takesBytes, isWindowOpen, let identifier = resending.popFirst() {
            guard let message = inFlight[identifier]?.message else { continue }
            inFlight[identifier]?.waitsAgain = false
            // What has expired on the way is sent as it was: its identifier is in use on the server.
            var packet = message.packet(at: now) ?? message.packet
            packet.packetIdentifier = identifier
            packet.dup = true
            send(packet, token: message.token, at: now)
        }
    }

    /// The server has answered a message: if it was to be sent again, it is not any more.
    mutating func answered(_ flight: MessageInFlight, _ identifier: UInt16) {
        guard flight.waitsAgain, let index = resending.firstIndex(of: identifier) else { return }
        resending.remove(at: index)
        inFlight[identifier]?.waitsAgain = false
    }

    /// The server knows nothing of this session any more, MQTT 5.0 section 4.1. Messages of QoS 1 are sent
    /// anew; whether those of QoS 2 arrived, nobody can know.
    mutating func sessionGone() {
        incoming.forget()
        for (identifier, flight) in inFlight.sorted(by: { $0.value.order > $1.value.order }) {
            identifiers.free(identifier)
            if flight.message.packet.qos == .atLeastOnce {
                outbox.prepend(flight.message)
            } else if flight.isReceived {
                // PUBREC said that the server has it.
                actions.append(
                    .published(
                        flight.message.token,
                        .success(PublishOutcome(reasonCode: .success, properties: []))))
            } else {
                actions.append(.published(flight.message.token, .failure(.sessionLost)))
            }
        }
        inFlight.removeAll()
        resending.removeAll()
    }
}

import DequeModule
import MQTTCodec
import NIOCore

extension ClientSession {
    /// Takes a message. Its end is reported by ``SessionAction/published(_:_:)`` with the token.
    mutating func publish(_ packet: Publish, token: UInt64, at now: NIODeadline) {
        outbox.append(OutgoingMessage(packet: packet, token: token, since: now))
        sendOutbox(at: now)
    }

    /// Takes back a message. Returns whether it had not been sent.
    mutating func withdraw(_ token: UInt64) -> Bool {
        guard let index = outbox.firstIndex(where: { $0.token == token }) else { return false }
        outbox.remove(at: index)
        return true
    }

    /// Sends what waits, in its order, as far as the server's Receive Maximum [MQTT-3.3.4-7] and the
    /// connection allow: what was on its way when a connection was lost comes first [MQTT-4.6.0-1].
    mutating func sendOutbox(at now: NIODeadline) {
        guard phase == .connected else { return }
        sendAgain(at: now)
        guard resending.isEmpty else { return }
        while takesBytes, let message = outbox.first {
            let isAcknowledged = message.packet.qos != .atMostOnce
            if isAcknowledged && !isWindowOpen { return }
            guard var packet = message.packet(at: now) else {
                outbox.removeFirst()
                actions.append(.published(message.token, .failure(.messageExpired)))
                continue
            }
            if let error = refusal(of: packet) {
                outbox.removeFirst()
                actions.append(.published(message.token, .failure(error)))
                continue
            }
            if isAcknowledged {
                guard let identifier = identifiers.take() else { return }
                packet.packetIdentifier = identifier
                inFlight[identifier] = MessageInFlight(message: message, order: nextOrder)
                nextOrder += 1
            }
            outbox.removeFirst()
            send(packet, token: message.token, at: now)
        }
    }

    /// Whether the connection takes more bytes, and the output may grow.
    var takesBytes: Bool { isWritable && output.readableBytes < 256 * 1024 }

    /// Whether one more PUBLISH of QoS 1 or 2 may be sent: all that were sent and have not come to their end count,
    /// those whose PUBREL is on its way too.
    var isWindowOpen: Bool {
        inFlight.count - resending.count < min(server.receiveMaximum, settings.maximumInFlight)
    }

    /// Why the server would not take a packet: [MQTT-3.2.2-11], [MQTT-3.2.2-14].
    private func refusal(of packet: Publish) -> ClientError? {
        if packet.qos > server.maximumQoS {
            return .notSupported("the server takes QoS \(server.maximumQoS.rawValue) at most")
        }
        if packet.retain && !server.retainAvailable {
            return .notSupported("the server keeps no retained messages")
        }
        return nil
    }

    /// Writes a PUBLISH, unless the server would find it too large [MQTT-3.2.2-15].
    mutating func send(_ packet: Publish, token: UInt64, at now: NIODeadline) {
        var packet = packet
        // Kept only where the packet could be too large: the copy costs.
        let isSmall =
            packet.properties.isEmpty
            && packet.topicName.count + packet.payload.readableBytes + 16 <= server.maximumPacketSize
        let aliases = isSmall ? nil : outgoingAliases
        outgoingAliases.apply(to: &packet)
        let start = output.writerIndex
        packet.encode(into: &output, version: version)
        guard output.writerIndex - start <= server.maximumPacketSize else {
            output.moveWriterIndex(to: start)
            if let aliases { outgoingAliases = aliases }
            if packet.qos != .atMostOnce {
                inFlight[packet.packetIdentifier] = nil
                identifiers.free(packet.packetIdentifier)
            }
            actions.append(
                .published(token, .failure(.packetTooLarge(maximum: server.maximumPacketSize))))
            return
        }
        lastSent = now
        if packet.qos == .atMostOnce { outputTokens.append(token) }
    }

    mutating func received(acknowledgement packet: Acknowledgement, at now: NIODeadline) {
        switch packet.type {
        case .puback, .pubcomp: finished(packet, at: now)
        case .pubrec: received(pubrec: packet, at: now)
        case .pubrel:
            let known = incoming.released(packet.packetIdentifier)
            // [MQTT-4.3.3-11]; one that is not known is answered too: PUBCOMP was lost with a connection.
            Acknowledgement(
                .pubcomp, packetIdentifier: packet.packetIdentifier,
                reasonCode: known || version != .v5 ? .success : .packetIdentifierNotFound
            ).encode(into: &output, version: version)
            lastSent = now
        default: break
        }
    }

    private mutating func received(pubrec packet: Acknowledgement, at now: NIODeadline) {
        let identifier = packet.packetIdentifier
        guard let flight = inFlight[identifier], flight.message.packet.qos == .exactlyOnce else {
            // MQTT 5.0 section 4.3.3 and table 3-5.
            Acknowledgement(
                .pubrel, packetIdentifier: identifier,
                reasonCode: version == .v5 ? .packetIdentifierNotFound : .success
            ).encode(into: &output, version: version)
            return
        }
        guard !packet.reasonCode.isFailure else { return finished(packet, at: now) }
        answered(flight, identifier)
        inFlight[identifier]?.isReceived = true
        // The message is the server's now; its bytes are not needed again.
        inFlight[identifier]?.message.packet.payload = ByteBuffer()
        Acknowledgement.encode(.pubrel, identifier, into: &output)
        lastSent = now
    }

    private mutating func finished(_ packet: Acknowledgement, at now: NIODeadline) {
        let identifier = packet.packetIdentifier
        guard let flight = inFlight[identifier],
            packet.type == .pubrec || (packet.type == .puback) == (flight.message.packet.qos == .atLeastOnce)
        else { return }
        answered(flight, identifier)
        inFlight[identifier] = nil
        identifiers.free(identifier)
        let isFailure = packet.reasonCode.isFailure && packet.type != .pubcomp
        actions.append(
            .published(
                flight.message.token,
                isFailure
                    ? .failure(
                        .publishRefused(
                            packet.reasonCode, reason: packet.properties.reasonString?.description))
                    : .success(PublishOutcome(reasonCode: packet.reasonCode, properties: packet.properties))))
        sendOutbox(at: now)
    }
}

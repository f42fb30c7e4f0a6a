import MQTTCodec
import NIOCore

extension ClientSession {
    /// Takes bytes that the server sent.
    mutating func received(_ bytes: inout ByteBuffer, at now: NIODeadline) {
        if partial.readableBytes == 0 {
            partial = bytes
        } else {
            partial.writeBuffer(&bytes)
        }
        bytes.clear()
        while phase == .connecting || phase == .connected {
            do {
                guard
                    let packet = try ControlPacket.read(
                        from: &partial, version: version, maximumPacketSize: settings.maximumPacketSize)
                else { break }
                lastReceived = now
                pingSent = nil
                settings.packetObserver?(.received, packet)
                received(packet, at: now)
            } catch {
                violation(.protocolViolation(error))
            }
        }
        if partial.readableBytes == 0 { partial = ByteBuffer() } else { partial.discardReadBytes() }
    }

    private mutating func received(_ packet: ControlPacket, at now: NIODeadline) {
        guard phase == .connected else {
            if case .auth(let auth) = packet, settings.connect.properties.authenticationMethod != nil {
                return received(auth: auth)
            }
            guard case .connack(let connack) = packet else {
                return violation(.unexpectedPacket("something came before CONNACK [MQTT-3.2.0-1]"))
            }
            return received(connack: connack, at: now)
        }
        switch packet {
        case .publish(let publish): received(publish: publish, at: now)
        case .acknowledgement(let acknowledgement): received(acknowledgement: acknowledgement, at: now)
        case .subscriptionAcknowledgement(let answer): received(answer: answer)
        case .pingresp: break
        case .disconnect(let disconnect):
            // Before 5.0 servers have none.
            guard version == .v5 else { return violation(.unexpectedPacket("DISCONNECT")) }
            closed(by: disconnect)
        case .connack: violation(.unexpectedPacket("a second CONNACK [MQTT-3.2.0-2]"))
        case .auth(let auth): received(auth: auth)
        case .connect, .subscribe, .unsubscribe, .pingreq:
            violation(.unexpectedPacket("a packet that servers do not send"))
        }
    }

    private mutating func received(publish packet: Publish, at now: NIODeadline) {
        var packet = packet
        if let alias = packet.properties.topicAlias {
            guard alias <= settings.connect.properties.topicAliasMaximum ?? 0 else {
                return violation(.protocolViolation(.invalidTopicAlias))
            }
            if packet.topicName.isEmpty {
                guard let topic = incomingAliases[alias] else {
                    return violation(.protocolViolation(.unknownTopicAlias))
                }
                packet.topicName = topic
            } else {
                incomingAliases[alias] = packet.topicName
            }
            packet.properties.topicAlias = nil
        }
        guard packet.qos != .atMostOnce else {
            actions.append(.received(packet, delivery: nil))
            return
        }
        switch incoming.arrived(packet) {
        case .new(let delivery): actions.append(.received(packet, delivery: delivery))
        case .known: sendAcknowledgements(at: now)
        case .received:
            Acknowledgement.encode(.pubrec, packet.packetIdentifier, into: &output)
            lastSent = now
        }
    }

    /// The application is done with a message.
    mutating func acknowledge(_ delivery: UInt64, _ code: ReasonCode = .success, at now: NIODeadline) {
        incoming.acknowledge(delivery, version == .v5 ? code : .success)
        sendAcknowledgements(at: now)
    }

    private mutating func sendAcknowledgements(at now: NIODeadline) {
        guard phase == .connected else { return }
        while let answer = incoming.nextAnswer() {
            answer.encode(into: &output, version: version)
            lastSent = now
        }
    }
}

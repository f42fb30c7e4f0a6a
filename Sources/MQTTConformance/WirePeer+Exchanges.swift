import MQTTCodec
import NIOCore

/// Whole exchanges, as a client has them.
extension WirePeer {
    /// SUBSCRIBE and its answer; the codes granted.
    @discardableResult
    func subscribe(
        _ filters: [String], _ options: SubscriptionOptions = .init(), identifier: UInt16 = 900,
        properties: Properties = []
    ) async throws -> [ReasonCode] {
        send(
            .subscribe(
                Subscribe(
                    packetIdentifier: identifier, filters.map { .init(MQTTString($0), options) },
                    properties: properties)))
        guard case .subscriptionAcknowledgement(let answer) = try await packet(), answer.type == .suback,
            answer.packetIdentifier == identifier, answer.reasonCodes.count == filters.count
        else { throw CheckFailure("SUBSCRIBE was not answered by its SUBACK") }
        return answer.reasonCodes
    }

    /// As above, for one filter that has to be granted.
    func subscribe(_ filter: String, qos: QoS, properties: Properties = []) async throws {
        try await subscribe(filter, SubscriptionOptions(qos: qos), properties: properties)
    }

    func subscribe(_ filter: String, _ options: SubscriptionOptions, properties: Properties = []) async throws
    {
        let codes = try await subscribe([filter], options, properties: properties)
        guard codes[0].rawValue == options.qos.rawValue else {
            throw CheckFailure("the subscription to \(filter) was answered with \(codes[0])")
        }
    }

    /// PUBLISH, and what follows at its QoS; returns the code.
    @discardableResult
    func publish(
        _ topic: String, _ text: String = "x", qos: QoS = .atLeastOnce, retain: Bool = false,
        identifier: UInt16 = 1, properties: Properties = []
    ) async throws -> ReasonCode {
        send(
            .publish(
                Publish(
                    topicName: MQTTString(topic), payload: ByteBuffer(string: text), qos: qos, retain: retain,
                    packetIdentifier: qos == .atMostOnce ? 0 : identifier, properties: properties)))
        switch qos {
        case .atMostOnce: return .success
        case .atLeastOnce: return try await answer(.puback, identifier)
        case .exactlyOnce:
            let code = try await answer(.pubrec, identifier)
            if code.isFailure { return code }
            send(.acknowledgement(Acknowledgement(.pubrel, packetIdentifier: identifier)))
            return try await answer(.pubcomp, identifier)
        }
    }

    /// The next packet that is no message has to be that answer.
    @discardableResult
    func answer(_ type: PacketType, _ identifier: UInt16) async throws -> ReasonCode {
        let packet = try await packet { packet in
            guard case .acknowledgement(let answer) = packet else { return false }
            return answer.type == type && answer.packetIdentifier == identifier
        }
        guard case .acknowledgement(let answer) = packet else { return .unspecifiedError }
        return answer.reasonCode
    }

    func send(_ type: PacketType, _ identifier: UInt16) {
        send(.acknowledgement(Acknowledgement(type, packetIdentifier: identifier)))
    }

    /// The next packet has to be a PUBLISH; its exchange is done, unless it is held back.
    func message(acknowledges: Bool = true, within time: TimeAmount? = nil) async throws -> Publish {
        let packet = try await packet(within: time)
        guard case .publish(let message) = packet else {
            throw CheckFailure("instead of a message came \(packet.words)")
        }
        guard acknowledges else { return message }
        switch message.qos {
        case .atMostOnce: break
        case .atLeastOnce: send(.puback, message.packetIdentifier)
        case .exactlyOnce:
            send(.pubrec, message.packetIdentifier)
            try await answer(.pubrel, message.packetIdentifier)
            send(.pubcomp, message.packetIdentifier)
        }
        return message
    }

    /// The next message has to say this.
    @discardableResult
    func expect(_ text: String, within time: TimeAmount? = nil) async throws -> Publish {
        let message = try await message(within: time)
        guard String(buffer: message.payload) == text else {
            throw CheckFailure("instead of '\(text)' came '\(String(buffer: message.payload))'")
        }
        return message
    }

    func disconnect(_ packet: Disconnect = Disconnect()) async throws {
        send(.disconnect(packet))
        guard try await arrival() == .end else { throw CheckFailure("DISCONNECT did not end the connection") }
    }
}

/// Throws unless something holds.
func require(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws {
    if !condition { throw CheckFailure(otherwise()) }
}

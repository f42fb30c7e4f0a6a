import MQTTCodec
import NIOCore

extension ClientSession {
    /// Sends SUBSCRIBE, now or as soon as there is a connection.
    mutating func subscribe(
        _ entries: [Subscribe.Entry], _ properties: Properties, token: UInt64, at now: NIODeadline
    ) {
        start(.subscribe(entries, properties, token: token), at: now)
    }

    /// Sends UNSUBSCRIBE, now or as soon as there is a connection.
    mutating func unsubscribe(
        _ filters: [MQTTString], _ properties: Properties, token: UInt64, at now: NIODeadline
    ) {
        start(.unsubscribe(filters, properties, token: token), at: now)
    }

    private mutating func start(_ request: Request, at now: NIODeadline) {
        guard let identifier = identifiers.take() else {
            return finish(request, .failure(.notSupported("all packet identifiers are in use")))
        }
        requests[identifier] = request
        guard phase == .connected else { return }
        send(request, identifier)
        lastSent = now
    }

    mutating func send(_ request: Request, _ identifier: UInt16) {
        switch request {
        case .subscribe(let entries, let properties, _):
            Subscribe(packetIdentifier: identifier, entries, properties: properties)
                .encode(into: &output, version: version)
        case .unsubscribe(let filters, let properties, _):
            Unsubscribe(packetIdentifier: identifier, filters, properties: properties)
                .encode(into: &output, version: version)
        }
    }

    mutating func received(answer: SubscriptionAcknowledgement) {
        guard let request = requests[answer.packetIdentifier] else { return }
        switch (request, answer.type) {
        case (.subscribe(let entries, _, _), .suback) where answer.reasonCodes.count != entries.count:
            return violation(.unexpectedPacket("a SUBACK with a wrong number of reason codes"))
        case (.subscribe, .suback), (.unsubscribe, .unsuback):
            requests[answer.packetIdentifier] = nil
            identifiers.free(answer.packetIdentifier)
            finish(request, .success(answer))
        default: violation(.unexpectedPacket("an answer to another request"))
        }
    }

    private mutating func finish(
        _ request: Request, _ result: Result<SubscriptionAcknowledgement, ClientError>
    ) {
        switch request {
        case .subscribe(_, _, let token): actions.append(.subscribed(token, result))
        case .unsubscribe(_, _, let token): actions.append(.unsubscribed(token, result))
        }
    }
}

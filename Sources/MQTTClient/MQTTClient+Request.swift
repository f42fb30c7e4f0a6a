import MQTTCodec
import NIOCore

/// The answers to requests that are under way.
struct Responses {
    let topic: String
    var waiting: [[UInt8]: Completion<MQTTClient.Message>] = [:]
    var last: UInt64 = 0
    var ready: Completion<Void>
}

extension MQTTClient {
    /// Publishes a request and returns the answer, MQTT 5.0 section 4.10: with a response topic of this client and
    /// with correlation data of its own.
    ///
    /// - Parameters:
    ///   - topic: where those who answer listen.
    ///   - payload: the request.
    ///   - qos: how surely it arrives at the server.
    ///   - properties: more properties of the request, such as its expiry.
    ///   - timeout: nil: that of the configuration.
    /// - Throws: ``ClientError/timedOut`` when nobody answers, and others of ``ClientError``.
    public func request(
        _ topic: String, payload: ByteBuffer, qos: QoS = .atLeastOnce, properties: Properties = [],
        timeout: Duration? = nil
    ) async throws(ClientError) -> Message {
        guard configuration.version == .v5 else { throw .notSupported("requests come with MQTT 5.0") }
        let responseTopic = try await listenForResponses()
        responses?.last += 1
        let correlation = bytes(of: responses?.last ?? 0)
        let answer = Completion<Message>()
        responses?.waiting[correlation] = answer
        defer { responses?.waiting[correlation] = nil }
        var properties = properties
        properties.responseTopic = MQTTString(responseTopic)
        properties.correlationData = correlation
        let receipt = try await submit(topic, payload: payload, qos: qos, properties: properties)
        // A refusal is the only news of the request itself: nobody answers what did not arrive.
        let refusal = Task {
            if case .failure(let error) = await receipt.completion.outcome(within: nil, on: eventLoop) {
                answer.complete(.failure(error))
            }
        }
        defer { refusal.cancel() }
        return try await answer.outcome(within: timeout ?? configuration.timeout, on: eventLoop).get()
    }

    /// The bytes of a number, first the highest.
    private func bytes(of number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
    }

    private func listenForResponses() async throws(ClientError) -> String {
        if let responses {
            try await responses.ready.outcome(within: configuration.timeout, on: eventLoop).get()
            return responses.topic
        }
        let ready = Completion<Void>()
        let topic = "martlet/responses/" + String(UInt64.random(in: .min ... .max), radix: 36)
        responses = Responses(topic: topic, ready: ready)
        do {
            let subscription = try await subscribe(topic, qos: .atLeastOnce)
            Task { await self.take(responses: subscription) }
            ready.complete(.success(()))
            return topic
        } catch {
            responses = nil
            ready.complete(.failure(error))
            throw error
        }
    }

    private func take(responses subscription: Subscription) async {
        do {
            for try await message in subscription {
                guard let correlation = message.properties.correlationData else { continue }
                responses?.waiting[correlation]?.complete(.success(message))
            }
        } catch {
            for answer in (responses?.waiting ?? [:]).values { answer.complete(.failure(error)) }
        }
        responses = nil
    }
}

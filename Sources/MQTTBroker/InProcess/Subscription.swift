import NIOCore

/// Messages of a subscription that the embedding program made with ``Broker/subscribe(_:)``, as an
/// `AsyncSequence` for one consumer.
///
/// A message of QoS 1 or 2 is acknowledged when the next one is asked for. A consumer that takes its time
/// holds the broker back as any slow client does: the rest waits in the broker, within its limits and
/// policies. The subscription ends when the last reference to it and its iterator is gone, or with
/// ``cancel()``.
///
/// Iteration throws ``InProcessError/disconnected(_:)`` when the broker ends the connection, with 0x8B when
/// it stops.
public final class Subscription: AsyncSequence, Sendable {
    public typealias Element = Message

    /// What was granted, in the order of the filters.
    public let grantedQoS: [QoS]
    private let connection: InProcessConnection
    private let packets: InProcessPackets
    private let pings: Task<Void, Never>?

    init(_ connection: InProcessConnection, _ entries: [MQTTCodec.Subscribe.Entry]) async throws {
        var packets = InProcessPackets(connection)
        let connack = try await packets.connect()
        let subscribe = MQTTCodec.Subscribe(packetIdentifier: 1, entries)
        await InProcessPackets.send(.subscribe(subscribe), on: connection)
        guard case .subscriptionAcknowledgement(let suback) = try await packets.next() else {
            throw InProcessError.disconnected(.protocolError)
        }
        for (entry, code) in zip(entries, suback.reasonCodes) where code.isFailure {
            throw InProcessError.subscriptionRefused(topicFilter: entry.topicFilter, code)
        }
        self.connection = connection
        self.packets = packets
        grantedQoS = suback.reasonCodes.map { QoS(rawValue: $0.rawValue) ?? .atMostOnce }
        pings = InProcessPackets.ping(every: connack.properties.serverKeepAlive, on: connection)
    }

    deinit {
        cancel()
    }

    /// Ends the subscription; a waiting iterator throws.
    public func cancel() {
        pings?.cancel()
        connection.close()
    }

    public func makeAsyncIterator() -> Iterator { Iterator(subscription: self, packets: packets) }

    public struct Iterator: AsyncIteratorProtocol {
        private let subscription: Subscription
        private var packets: InProcessPackets
        /// What the consumer is working on.
        private var owed: Acknowledgement?
        /// QoS 2 messages between PUBREC and PUBREL [MQTT-4.3.3-10].
        private var unreleased: Set<UInt16> = []

        init(subscription: Subscription, packets: InProcessPackets) {
            self.subscription = subscription
            self.packets = packets
        }

        public mutating func next() async throws -> Message? {
            if let owed { await send(owed) }
            owed = nil
            while true {
                switch try await packets.next() {
                case .publish(let publish):
                    switch publish.qos {
                    case .atMostOnce: return Message(publish)
                    case .atLeastOnce:
                        owed = Acknowledgement(.puback, packetIdentifier: publish.packetIdentifier)
                        return Message(publish)
                    case .exactlyOnce:
                        let pubrec = Acknowledgement(.pubrec, packetIdentifier: publish.packetIdentifier)
                        guard unreleased.insert(publish.packetIdentifier).inserted else {
                            await send(pubrec)
                            continue
                        }
                        owed = pubrec
                        return Message(publish)
                    }
                case .acknowledgement(let pubrel) where pubrel.type == .pubrel:
                    unreleased.remove(pubrel.packetIdentifier)
                    await send(Acknowledgement(.pubcomp, packetIdentifier: pubrel.packetIdentifier))
                default: continue
                }
            }
        }

        private func send(_ packet: Acknowledgement) async {
            await InProcessPackets.send(.acknowledgement(packet), on: packets.connection)
        }
    }
}

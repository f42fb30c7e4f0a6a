import DequeModule
import MQTTCodec

/// The messages of QoS 1 and 2 that came and whose handshake is not over, MQTT 5.0 section 4.3.
///
/// Acknowledgements leave in the order in which the messages came [MQTT-4.6.0-2, -3], whatever the order in which
/// the application is done with them.
struct IncomingWindow: Sendable {
    private struct Entry {
        let identifier: UInt16
        let qos: QoS
        let delivery: UInt64
        /// Set when the application is done with it.
        var answer: ReasonCode?
    }

    /// What to do with a message that came.
    enum Arrival: Hashable, Sendable {
        /// Hand it on under this number.
        case new(UInt64)
        /// The application has it already.
        case known
        /// PUBREC was sent already: send it again.
        case received
    }

    /// In the order of their coming on this connection.
    private var waiting: Deque<Entry> = []
    /// What the application had on earlier connections, by packet identifier: the server sends it again.
    private var carried: [UInt16: Entry] = [:]
    /// QoS 2: PUBREC was sent, PUBREL is due.
    private var received: Set<UInt16> = []
    private var nextDelivery: UInt64 = 1

    /// How many count against the Receive Maximum.
    var count: Int { waiting.count + received.count }

    mutating func arrived(_ packet: Publish) -> Arrival {
        let identifier = packet.packetIdentifier
        if packet.qos == .exactlyOnce {
            if received.contains(identifier) { return .received }
            if waiting.contains(where: { $0.identifier == identifier && $0.qos == .exactlyOnce }) {
                return .known
            }
        }
        if let entry = carried.removeValue(forKey: identifier), packet.dup, entry.qos == packet.qos {
            waiting.append(entry)
            return .known
        }
        defer { nextDelivery += 1 }
        waiting.append(Entry(identifier: identifier, qos: packet.qos, delivery: nextDelivery, answer: nil))
        return .new(nextDelivery)
    }

    /// The application is done with a message.
    mutating func acknowledge(_ delivery: UInt64, _ answer: ReasonCode) {
        if let index = waiting.firstIndex(where: { $0.delivery == delivery }) {
            if waiting[index].answer == nil { waiting[index].answer = answer }
        } else if let known = carried.first(where: { $0.value.delivery == delivery }) {
            if known.value.answer == nil { carried[known.key]?.answer = answer }
        }
    }

    /// The next acknowledgement to send; nil while the oldest message is with the application.
    mutating func nextAnswer() -> Acknowledgement? {
        guard let first = waiting.first, let answer = first.answer else { return nil }
        waiting.removeFirst()
        if first.qos == .exactlyOnce && !answer.isFailure { received.insert(first.identifier) }
        return Acknowledgement(
            first.qos == .exactlyOnce ? .pubrec : .puback, packetIdentifier: first.identifier,
            reasonCode: answer)
    }

    /// PUBREL came. Returns whether its message was known.
    mutating func released(_ identifier: UInt16) -> Bool { received.remove(identifier) != nil }

    /// The connection ended: what waits will come again, if the session lives.
    mutating func connectionLost() {
        for entry in waiting { carried[entry.identifier] = entry }
        waiting.removeAll()
    }

    /// The session is gone on the server.
    mutating func forget() {
        waiting.removeAll()
        carried.removeAll()
        received.removeAll()
    }
}

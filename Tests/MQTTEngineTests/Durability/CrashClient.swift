import MQTTCodec
import NIOCore

/// A client that keeps its own state through every crash, as a good one does, and remembers what it was
/// promised and what it got.
final class CrashClient {
    /// A PUBLISH that is not finished.
    struct Open {
        var packet: Publish
        /// PUBREC came.
        var isReleased = false
    }

    let name: MQTTString
    let receiveMaximum: UInt16
    private let harness: EngineHarness
    private var connection: TestClient?
    private(set) var isUp = false
    /// CONNECT was sent, or more.
    private(set) var isConnecting = false
    private var hasSession = false
    private(set) var open: [Open] = []
    private var nextIdentifier: UInt16 = 1
    /// QoS 2 messages that were not released, by their identifiers.
    private var unreleased: Set<UInt16> = []
    private(set) var got: [(topic: MQTTString, payload: Int, qos: QoS)] = []
    /// What was acknowledged, by topic.
    private(set) var promised: [MQTTString: [Int]] = [:]
    /// What was refused.
    private(set) var refused: Set<Int> = []
    private(set) var failures: [String] = []
    /// SUBSCRIBE and UNSUBSCRIBE that are not answered, by identifier.
    private var asked: [UInt16: (filter: MQTTString, isOn: Bool)] = [:]
    /// The last acknowledged state of subscriptions; nil: a crash has made it uncertain.
    private(set) var subscriptions: [MQTTString: Bool?] = [:]

    init(_ name: MQTTString, receiveMaximum: UInt16, _ harness: EngineHarness) {
        self.name = name
        self.receiveMaximum = receiveMaximum
        self.harness = harness
    }

    func connect() {
        isUp = false
        for change in asked.values { subscriptions[change.filter] = .some(nil) }
        asked = [:]
        let client = harness.client(name)
        connection = client
        isConnecting = true
        client.send(
            .connect(
                Connect(
                    version: .v5, cleanStart: false, keepAlive: 0, clientIdentifier: name,
                    properties: [.sessionExpiryInterval(.max), .receiveMaximum(receiveMaximum)])))
    }

    func loseConnection() {
        connection?.loseConnection()
        connection = nil
        isUp = false
        isConnecting = false
    }

    func publish(_ topic: MQTTString, _ payload: Int, _ qos: QoS, retain: Bool) {
        let packet = Publish(
            topicName: topic, payload: ByteBuffer(string: "\(payload)"), qos: qos, retain: retain,
            packetIdentifier: identifier())
        open.append(Open(packet: packet))
        connection?.send(.publish(packet))
    }

    func change(_ filter: MQTTString, isOn: Bool, qos: QoS = .exactlyOnce) {
        let identifier = identifier()
        asked[identifier] = (filter, isOn)
        if isOn {
            let entry = Subscribe.Entry(filter, SubscriptionOptions(qos: qos))
            connection?.send(.subscribe(Subscribe(packetIdentifier: identifier, [entry])))
        } else {
            connection?.send(.unsubscribe(Unsubscribe(packetIdentifier: identifier, [filter])))
        }
    }

    /// Whether another exchange may begin: few identifiers, so that each is used again soon.
    var isFree: Bool { isUp && open.count + asked.count < 8 }

    private func identifier() -> UInt16 {
        repeat {
            nextIdentifier = nextIdentifier % 10 + 1
        } while asked[nextIdentifier] != nil
            || open.contains { $0.packet.packetIdentifier == nextIdentifier }
        return nextIdentifier
    }

    /// Deals with what arrived. Returns whether anything had.
    func poll() -> Bool {
        guard let connection, let packet = connection.received.first else { return false }
        connection.received.removeFirst()
        switch packet {
        case .connack(let connack): connected(connack, connection)
        case .publish(let publish): arrived(publish, connection)
        case .acknowledgement(let packet): acknowledged(packet, connection)
        case .subscriptionAcknowledgement(let packet):
            guard let change = asked.removeValue(forKey: packet.packetIdentifier) else { break }
            if !packet.reasonCodes.contains(where: \.isFailure) { subscriptions[change.filter] = change.isOn }
        default: failures.append("\(name) got \(packet)")
        }
        return true
    }

    private func connected(_ connack: Connack, _ connection: TestClient) {
        guard !connack.reasonCode.isFailure else {
            // The store cannot keep the session for now.
            isConnecting = false
            self.connection = nil
            return
        }
        if hasSession && !connack.sessionPresent { failures.append("the session of \(name) is gone") }
        hasSession = true
        isUp = true
        for entry in open {
            if entry.isReleased {
                let identifier = entry.packet.packetIdentifier
                connection.send(.acknowledgement(Acknowledgement(.pubrel, packetIdentifier: identifier)))
            } else {
                var packet = entry.packet
                packet.dup = true
                connection.send(.publish(packet))
            }
        }
    }

    private func arrived(_ publish: Publish, _ connection: TestClient) {
        let identifier = publish.packetIdentifier
        let isNew = publish.qos != .exactlyOnce || unreleased.insert(identifier).inserted
        if isNew { got.append((publish.topicName, Int(publish.text) ?? -1, publish.qos)) }
        guard publish.qos != .atMostOnce else { return }
        let type: PacketType = publish.qos == .atLeastOnce ? .puback : .pubrec
        connection.send(.acknowledgement(Acknowledgement(type, packetIdentifier: identifier)))
    }

    private func acknowledged(_ packet: Acknowledgement, _ connection: TestClient) {
        let identifier = packet.packetIdentifier
        if packet.type == .pubrel {
            unreleased.remove(identifier)
            connection.send(.acknowledgement(Acknowledgement(.pubcomp, packetIdentifier: identifier)))
            return
        }
        guard let place = open.firstIndex(where: { $0.packet.packetIdentifier == identifier }) else { return }
        if packet.type != .pubcomp && packet.reasonCode.isFailure {
            // It may have been taken before a crash all the same.
            refused.insert(Int(open[place].packet.text) ?? -1)
            open.remove(at: place)
            return
        }
        if packet.type != .pubcomp && !open[place].isReleased {
            let publish = open[place].packet
            promised[publish.topicName, default: []].append(Int(publish.text) ?? -1)
        }
        if packet.type == .pubrec {
            open[place].isReleased = true
            connection.send(.acknowledgement(Acknowledgement(.pubrel, packetIdentifier: identifier)))
        } else {
            open.remove(at: place)
        }
    }

    /// Begins a new account of what arrives.
    func forgetGot() { got = [] }
}

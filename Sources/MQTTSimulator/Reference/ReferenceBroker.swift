import MQTTCodec
import MQTTEngine

/// A broker that is obviously right: lists and linear scans, nothing clever.
///
/// It is told of every packet at the moment in which the shard gets it, and so knows whom the shard owes
/// what. It is shown every packet that the shard sends (`ReferenceBroker+Sent.swift`), and finds a ``Fault``
/// in what nobody was owed, what came in the wrong order, form or state, and, when all has come to rest, in
/// what is still owed. Where the specification leaves a choice, both are right.
final class ReferenceBroker {
    let configuration: EngineConfiguration
    /// Publishes may lie unprocessed in the shard: a QoS 0 message may come late, and find nobody.
    let holdsPublishers: Bool
    /// Messages may be dropped because of full queues, if that is reported.
    let dropsOldest: Bool
    var now: Instant
    /// In the order of their making.
    var sessions: [ReferenceSession] = []
    var connections: [ReferenceConnection] = []
    /// By topic, in no particular order.
    var retained: [Message] = []
    /// Topics whose retained messages have changed in what happens on several shards at once; nil: nothing does.
    var concurrentlyRetained: Set<MQTTString>?
    /// Topics where several shards have retained at once: any of `retained` may be the one.
    var contested: Set<MQTTString> = []
    var claims: [SharedClaim] = []
    /// Deliveries that were seen and need not have come: they may have been copies for groups instead.
    var spares: [Delivery] = []
    /// Wills that were due at once, and whose report is awaited.
    var unreportedWills: [MQTTString] = []
    /// Wills that came before their time, and whose session's end is awaited.
    var earlyWills: [MQTTString] = []
    var lastPublish: Publication?
    /// Messages that the broker said it dropped because of full queues, of sessions and groups.
    var reportedDrops = 0
    var messageCount = 0
    /// Every delivery there has been, to be looked at in the end.
    var deliveries: [Delivery] = []

    /// What one publish brought about, so that it can be taken back when the broker refuses it.
    struct Publication {
        let connection: ReferenceConnection
        let packetIdentifier: UInt16
        let serial: Int
        let retainedBefore: [Message]
    }

    init(configuration: EngineConfiguration, plan: RoundPlan, now: Instant) {
        self.configuration = configuration
        holdsPublishers = plan.holdsPublishers
        dropsOldest = plan.pressure == .dropOldest
        self.now = now
    }

    func session(_ clientIdentifier: MQTTString) -> ReferenceSession? {
        sessions.first { $0.clientIdentifier == clientIdentifier }
    }

    func opened(serial: Int, isOutlaw: Bool) -> ReferenceConnection {
        let connection = ReferenceConnection(serial: serial, isOutlaw: isOutlaw, at: now)
        connections.append(connection)
        return connection
    }

    /// A whole packet has come to the shard.
    func arrived(_ packet: ControlPacket, on connection: ReferenceConnection) {
        lastPublish = nil
        guard connection.stage != .ended, !connection.isOutlaw else { return }
        connection.lastPacket = now
        if case .connect(let connect) = packet, connection.stage == .new {
            return connected(connect, on: connection)
        }
        guard let session = connection.session else { return }
        switch packet {
        case .publish(let publish): published(publish, session, connection)
        case .acknowledgement(let packet): acknowledged(packet, session, connection)
        case .subscribe(let packet): subscribed(packet, session, connection)
        case .unsubscribe(let packet): unsubscribed(packet, session, connection)
        case .pingreq: connection.answers.append(.init(type: .pingresp, packetIdentifier: 0, reasonCodes: []))
        case .disconnect(let packet): disconnected(packet, connection)
        default: preconditionFailure("no client of the simulator sends \(packet.summary)")
        }
    }

    /// Bytes begin to come that no client may send: the first of them may be enough.
    func violationBegan(_ connection: ReferenceConnection) {
        guard connection.stage == .connected else { return }
        connection.isViolating = true
        connection.mayBeClosed = true
    }

    /// Bytes have come that no client may send.
    func violated(_ connection: ReferenceConnection) {
        guard connection.stage != .ended, !connection.isOutlaw else { return }
        connection.mayBeClosed = true
        end(connection, publishesWill: true)
    }
}

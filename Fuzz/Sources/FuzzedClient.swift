import MQTTCodec
import MQTTEngine
import NIOCore

/// A client that checks what a broker may send it, and remembers what it has to acknowledge.
struct FuzzedClient {
    var id: ConnectionID?
    var isWritable = true
    var isPaused = false
    /// Sent while the broker did not read.
    var unsent: [UInt8] = []

    /// The accepted form of what was sent first; nil while that is not a whole CONNECT, or no good one.
    private var connect: Connect?
    private var hasSentFirst = false
    private var stream: [UInt8] = []
    private var incoming = ByteBuffer()
    private var hasConnack = false
    private var isRefused = false
    private var hasDisconnect = false
    private var aliases: [UInt16: MQTTString] = [:]
    /// What the client owes an answer to, in the order of arrival.
    private var owed: [Acknowledgement] = []
    /// QoS 1 and 2 messages that are not acknowledged to the end.
    private var inFlight: Set<UInt16> = []
    /// Whether the client has acknowledged nothing but what it received.
    private var isHonest = true

    var version: ProtocolVersion { connect?.version ?? .v5 }

    /// Watches what the client sends: its first packet tells what may be sent to it.
    mutating func sent(_ bytes: [UInt8]) {
        stream += bytes
        var offset = 0
        while case .frame(let frame) = try? FrameReader.next(
            in: stream.span, from: offset, maximumPacketSize: .max)
        {
            if !hasSentFirst {
                hasSentFirst = true
                if frame.firstByte == 0x10 { connect = try? Connect(decoding: stream.span, frame) }
            } else if (4...7).contains(frame.firstByte >> 4) {
                acknowledged(frame)
            }
            offset = frame.body.upperBound
        }
        stream.removeFirst(offset)
    }

    private mutating func acknowledged(_ frame: Frame) {
        guard let type = frame.type,
            let packet = try? Acknowledgement(decoding: stream.span, frame, type: type, version: version)
        else { return }
        let isEnd = type == .puback || type == .pubcomp || packet.reasonCode.isFailure
        let wasOwed = owed.firstIndex { $0.type == type && $0.packetIdentifier == packet.packetIdentifier }
        if let wasOwed { owed.remove(at: wasOwed) } else if type != .pubrel { isHonest = false }
        if isEnd && type != .pubrel { inFlight.remove(packet.packetIdentifier) }
    }

    /// The next answer that the client owes, or another one that it owes; now and then a failure.
    func acknowledgement(_ choice: Int) -> ControlPacket? {
        guard !owed.isEmpty else { return nil }
        var packet = owed[choice / 8 % owed.count]
        if choice % 8 == 7 && version == .v5 && (packet.type == .puback || packet.type == .pubrec) {
            packet.reasonCode = .unspecifiedError
        }
        return .acknowledgement(packet)
    }

    mutating func received(_ output: Output) {
        var bytes = output.first
        incoming.writeBuffer(&bytes)
        for var slice in output.rest { incoming.writeBuffer(&slice) }
        // Before a CONNECT is understood, or where it is not, the form of an answer is not known.
        guard let connect else {
            require(!hasConnack, "more after an answer to no CONNECT")
            return
        }
        while true {
            let before = incoming.readableBytes
            let result = Result { () throws(WireError) in
                try ControlPacket.read(from: &incoming, version: connect.version)
            }
            guard case .success(let read) = result else {
                fatalError("the broker sent what is malformed: \(result)")
            }
            guard let packet = read else { return require(incoming.readableBytes == 0, "half a packet") }
            let limit = connect.properties.maximumPacketSize.map { Int($0) } ?? .max
            require(before - incoming.readableBytes <= limit, "a packet above Maximum Packet Size: \(packet)")
            check(packet, connect)
        }
    }

    private mutating func check(_ packet: ControlPacket, _ connect: Connect) {
        let version = connect.version
        require(!isRefused && !hasDisconnect, "more after the last packet: \(packet)")
        switch packet {
        case .connack(let connack):
            require(!hasConnack, "a second CONNACK")
            hasConnack = true
            isRefused = connack.reasonCode.isFailure
            require(!isRefused || !connack.sessionPresent, "Session Present with a failure")
            require(!connect.cleanStart || !connack.sessionPresent, "Session Present after Clean Start")
            return
        case .auth(let auth):
            require(
                auth.properties.authenticationMethod == connect.properties.authenticationMethod
                    && auth.properties.authenticationMethod != nil, "AUTH without the method of CONNECT")
            return
        case .publish(let publish): check(publish, connect)
        case .acknowledgement(let packet):
            if packet.type == .pubrel {
                owed.append(Acknowledgement(.pubcomp, packetIdentifier: packet.packetIdentifier))
            } else if packet.type == .pubrec && !packet.reasonCode.isFailure {
                owed.append(Acknowledgement(.pubrel, packetIdentifier: packet.packetIdentifier))
            }
        case .subscriptionAcknowledgement, .pingresp: break
        case .disconnect:
            require(version == .v5, "DISCONNECT before 5.0")
            hasDisconnect = true
        default: fatalError("a server does not send \(packet)")
        }
        require(hasConnack, "\(packet) before CONNACK")
    }

    private mutating func check(_ publish: Publish, _ connect: Connect) {
        let properties = publish.properties
        if let alias = properties.topicAlias {
            require(alias <= connect.properties.topicAliasMaximum ?? 0, "an alias above Topic Alias Maximum")
            if publish.topicName.isEmpty {
                require(aliases[alias] != nil, "an alias that stands for nothing")
            } else {
                aliases[alias] = publish.topicName
            }
        }
        guard publish.qos != .atMostOnce else { return }
        let type: PacketType = publish.qos == .atLeastOnce ? .puback : .pubrec
        require(inFlight.insert(publish.packetIdentifier).inserted || !isHonest, "a packet identifier in use")
        owed.append(Acknowledgement(type, packetIdentifier: publish.packetIdentifier))
        let receiveMaximum = Int(connect.properties.receiveMaximum ?? 65_535)
        require(inFlight.count <= receiveMaximum || !isHonest, "more than Receive Maximum")
    }
}

import MQTTCodec
import NIOCore

extension Shard {
    /// The largest buffer that is kept to be used again, in bytes.
    private static var largestSpare: Int { 256 * 1024 }
    /// The most that such buffers take together, in bytes.
    private static var mostSpare: Int { 16 * 1024 * 1024 }

    /// The bytes that wait for a connection, after ``Action/write(_:)``. Empty if it is not writable.
    public mutating func takeOutput(of id: ConnectionID) -> Output {
        guard isCurrent(id) else { return Output() }
        let connection = Int(id.slot)
        connections[connection].isDirty = false
        guard connections[connection].isWritable, !connections[connection].isSilent else { return Output() }
        let output = connections[connection].outbox.take()
        let count = UInt64(output.count)
        counters.bytesSent += count
        connections[connection].bytesSent += count
        let session = connections[connection].session
        if session >= 0 { progressed(session) }
        return output
    }

    /// Gives a written buffer back, so that its memory serves the next output.
    public mutating func reclaim(_ buffer: consuming ByteBuffer) {
        guard buffer.capacity <= Self.largestSpare, spareBytes + buffer.capacity <= Self.mostSpare else {
            return
        }
        buffer.clear()
        spareBytes += buffer.capacity
        spareBuffers.append(buffer)
    }

    /// Whether the transport takes more bytes at present. While it does not, output gathers in the shard,
    /// within ``Limits/outgoingBytes``.
    public mutating func writabilityChanged(_ isWritable: Bool, of id: ConnectionID, at now: Instant) {
        begin(now)
        guard isCurrent(id) else { return }
        let connection = Int(id.slot)
        connections[connection].isWritable = isWritable
        guard isWritable else { return }
        if connections[connection].outbox.count > 0 { markDirty(connection) }
        let session = connections[connection].session
        if session >= 0 { progressed(session) }
    }

    /// Something was appended to a connection's outbox, or is about to be.
    @inline(__always)
    mutating func markDirty(_ connection: Int) {
        if !connections[connection].isDirty && connections[connection].isWritable
            && !connections[connection].isSilent
        {
            connections[connection].isDirty = true
            dirty.append(id(of: connection))
        }
    }

    /// The buffer that small packets of a connection go into, with memory.
    @inline(__always)
    mutating func prepareOutbox(_ connection: Int) {
        if connections[connection].outbox.tail.capacity == 0 {
            if let spare = spareBuffers.popLast() {
                spareBytes -= spare.capacity
                connections[connection].outbox.tail = spare
            } else {
                connections[connection].outbox.tail = ByteBufferAllocator().buffer(capacity: 1_024)
            }
        }
    }

    /// Sends a packet that is rare enough to be a value. Reason String and User Properties are left out
    /// where they would make it too large for the client, or where it does not want them.
    /// Returns whether it is sent at all.
    @discardableResult
    mutating func send(_ packet: ControlPacket, to connection: Int) -> Bool {
        prepareOutbox(connection)
        let version = connections[connection].version
        let start = connections[connection].outbox.tail.writerIndex
        packet.encode(into: &connections[connection].outbox.tail, version: version)
        let size = connections[connection].outbox.tail.writerIndex - start
        if size > connections[connection].maximumPacketSize {
            connections[connection].outbox.tail.moveWriterIndex(to: start)
            guard let smaller = packet.withoutExplanation else { return false }
            smaller.encode(into: &connections[connection].outbox.tail, version: version)
            if connections[connection].outbox.tail.writerIndex - start
                > connections[connection].maximumPacketSize
            {
                connections[connection].outbox.tail.moveWriterIndex(to: start)
                return false
            }
        }
        counters.packetsSent += 1
        counters.sent.count(packet.type)
        markDirty(connection)
        return true
    }

    /// Sends PUBACK, PUBREC, PUBREL or PUBCOMP.
    @inline(__always)
    mutating func acknowledge(
        _ type: PacketType, _ packetIdentifier: UInt16, _ reason: ReasonCode = .success, to connection: Int
    ) {
        prepareOutbox(connection)
        if reason == .success || connections[connection].version != .v5 {
            Acknowledgement.encode(type, packetIdentifier, into: &connections[connection].outbox.tail)
        } else {
            Acknowledgement(type, packetIdentifier: packetIdentifier, reasonCode: reason)
                .encode(into: &connections[connection].outbox.tail, version: .v5)
        }
        counters.packetsSent += 1
        counters.sent.count(type)
        markDirty(connection)
    }
}

extension ControlPacket {
    /// The packet without Reason String and User Properties; nil if it has neither.
    fileprivate var withoutExplanation: ControlPacket? {
        func reduced(_ properties: Properties) -> Properties? {
            let kept = properties.list.filter {
                $0.identifier != .reasonString && $0.identifier != .userProperty
            }
            return kept.count < properties.list.count ? Properties(kept) : nil
        }
        switch self {
        case .connack(var packet):
            guard let properties = reduced(packet.properties) else { return nil }
            packet.properties = properties
            return .connack(packet)
        case .disconnect(var packet):
            guard let properties = reduced(packet.properties) else { return nil }
            packet.properties = properties
            return .disconnect(packet)
        case .auth(var packet):
            guard let properties = reduced(packet.properties) else { return nil }
            packet.properties = properties
            return .auth(packet)
        default: return nil
        }
    }
}

import MQTTCodec
import NIOCore

extension Shard {
    /// Whether a packet was dealt with, or has to come again.
    enum Progress {
        case done
        /// The connection now holds; the same packet will be looked at again when it is resumed.
        case held
    }

    /// A transport accepted a connection. nil: there is no room for it; close it.
    public mutating func connectionOpened(_ peer: Peer, at moment: Instant) -> ConnectionID? {
        begin(moment)
        guard !isShuttingDown, connections.count < configuration.limits.connections else {
            counters.connectionsRefused += 1
            report(.connectionDropped(peer, detail: "the bound on connections is reached"))
            return nil
        }
        let connection = connections.insert(Connection(peer: peer, at: now))
        let id = id(of: connection)
        deadlines.add(
            .connect, at: now.advanced(milliseconds: configuration.limits.timeToConnect), slot: connection,
            generation: id.generation)
        return id
    }

    /// Bytes arrived. The shard takes all of them, and keeps what it cannot use yet.
    public mutating func received(_ bytes: ByteBuffer, on id: ConnectionID, at moment: Instant) {
        begin(moment)
        guard isCurrent(id) else { return }
        let connection = Int(id.slot)
        counters.bytesReceived += UInt64(bytes.readableBytes)
        connections[connection].bytesReceived += UInt64(bytes.readableBytes)
        if connections[connection].inbound.readableBytes == 0 {
            process(bytes, connection, id)
        } else {
            goOn(with: bytes, connection, id)
        }
    }

    /// More has come of a packet of which the beginning was kept: only its rest is put there, what follows it
    /// is looked at where it is.
    private mutating func goOn(with given: ByteBuffer, _ connection: Int, _ id: ConnectionID) {
        var bytes = given
        let missing = connections[connection].inboundNeeded - connections[connection].inbound.readableBytes
        if missing > 0, let rest = bytes.readSlice(length: missing) {
            connections[connection].inbound.writeImmutableBuffer(rest)
            processInbound(connection, id)
            guard isCurrent(id), bytes.readableBytes > 0 else { return }
            guard connections[connection].inbound.readableBytes > 0 else {
                process(bytes, connection, id)
                return
            }
        }
        connections[connection].inbound.writeImmutableBuffer(bytes)
        processInbound(connection, id)
    }

    /// Takes up again what waited.
    mutating func resume(_ connection: Int) {
        guard connections[connection].holds.isEmpty else { return }
        connections[connection].deferredBytes = 0
        let id = id(of: connection)
        processInbound(connection, id)
        guard isCurrent(id), connections[connection].holds.isEmpty, connections[connection].isReadingPaused
        else {
            return
        }
        guard !connections[connection].isLost else { return forgetLost(connection) }
        connections[connection].isReadingPaused = false
        // What came while reading was paused has not been seen: the keep alive counts from now.
        connections[connection].lastReceived = now
        actions.append(.resumeReading(id))
    }

    private mutating func processInbound(_ connection: Int, _ id: ConnectionID) {
        let buffer = connections[connection].inbound
        connections[connection].inbound = ByteBuffer()
        connections[connection].inboundNeeded = 0
        process(buffer, connection, id)
    }

    private mutating func process(_ buffer: consuming ByteBuffer, _ connection: Int, _ id: ConnectionID) {
        var offset = 0
        var needed = 0
        if connections[connection].holds.isEmpty {
            // What was held back is at the front of the buffer, and is looked at anew.
            connections[connection].deferredBytes = 0
            guard dispatch(buffer, connection, id, &offset, &needed) else { return }
        }
        if connections[connection].holds.isEmpty {
            keep(buffer, from: offset, needed: needed, connection)
        } else {
            wait(buffer, from: offset, connection, id)
        }
    }

    /// Deals with whole packets until there is none, or one has to wait. false: the connection is gone.
    private mutating func dispatch(
        _ buffer: borrowing ByteBuffer, _ connection: Int, _ id: ConnectionID, _ offset: inout Int,
        _ needed: inout Int
    ) -> Bool {
        let bytes = buffer.readableBytesUInt8Span
        let limits = configuration.limits
        let maximum =
            connections[connection].phase == .connected
            ? limits.packetSize : min(limits.packetSize, limits.connectPacketSize)
        do throws(WireError) {
            while case .frame(let frame) = try next(bytes, offset, maximum, &needed) {
                let progress = try handle(frame, bytes, buffer, connection)
                guard isCurrent(id) else { return false }
                if progress == .held { break }
                counters.packetsReceived += 1
                offset = frame.body.upperBound
                if !connections[connection].holds.isEmpty { break }
            }
        } catch {
            fail(connection, error)
            return false
        }
        if offset > 0 { connections[connection].lastReceived = now }
        return true
    }

    @inline(__always)
    private func next(
        _ bytes: Span<UInt8>, _ offset: Int, _ maximum: Int, _ needed: inout Int
    ) throws(WireError) -> FrameReader.Outcome {
        let outcome = try FrameReader.next(in: bytes, from: offset, maximumPacketSize: maximum)
        if case .incomplete(let length) = outcome { needed = length ?? 0 }
        return outcome
    }

    /// Keeps the beginning of a packet in a buffer of its own, with room for the rest of it.
    private mutating func keep(
        _ buffer: consuming ByteBuffer, from offset: Int, needed: Int, _ connection: Int
    ) {
        let remaining = buffer.readableBytes - offset
        guard remaining > 0 else { return }
        connections[connection].inboundNeeded = needed
        if offset == 0 && buffer.capacity >= needed {
            connections[connection].inbound = buffer
            return
        }
        // A header can claim any length: trust it with a mebibyte, the rest is made as it comes.
        var kept = ByteBufferAllocator().buffer(capacity: max(remaining, min(needed, 1 << 20)))
        if let slice = buffer.getSlice(at: buffer.readerIndex + offset, length: remaining) {
            kept.writeImmutableBuffer(slice)
        }
        connections[connection].inbound = kept
    }

    /// Packets have to wait. Acknowledgements and PINGREQ among them do not: they may be what makes the room
    /// that is waited for, and nothing but PUBLISH is to be delayed [MQTT-3.3.4-10].
    private mutating func wait(
        _ buffer: consuming ByteBuffer, from offset: Int, _ connection: Int, _ id: ConnectionID
    ) {
        var kept = ByteBufferAllocator().buffer(capacity: max(buffer.readableBytes - offset, 1))
        let isScanned = !connections[connection].holds.contains(.authentication)
        guard sift(buffer, from: offset, into: &kept, isScanned: isScanned, connection, id) else { return }
        connections[connection].inbound = kept
        if kept.readableBytes > configuration.limits.deferredBytes && !connections[connection].isReadingPaused
        {
            connections[connection].isReadingPaused = true
            actions.append(.pauseReading(id))
        }
    }

    /// Copies what has to wait; false: the connection is gone.
    private mutating func sift(
        _ buffer: borrowing ByteBuffer, from start: Int, into kept: inout ByteBuffer, isScanned: Bool,
        _ connection: Int, _ id: ConnectionID
    ) -> Bool {
        let bytes = buffer.readableBytesUInt8Span
        let seen = start + connections[connection].deferredBytes
        kept.writeSpan(bytes.extracting(start..<seen))
        guard isScanned else {
            // Who is not listened to cannot be silent.
            connections[connection].lastReceived = now
            kept.writeSpan(bytes.extracting(seen..<bytes.count))
            return true
        }
        var offset = seen
        var needed = 0
        do throws(WireError) {
            while case .frame(let frame) = try next(bytes, offset, configuration.limits.packetSize, &needed) {
                let end = frame.body.upperBound
                // A packet that has to wait has been received all the same [MQTT-3.1.2-22].
                connections[connection].lastReceived = now
                switch frame.type {
                case .puback, .pubrec, .pubrel, .pubcomp, .pingreq:
                    _ = try handle(frame, bytes, buffer, connection)
                    guard isCurrent(id) else { return false }
                    counters.packetsReceived += 1
                default:
                    kept.writeSpan(bytes.extracting(offset..<end))
                    connections[connection].deferredBytes += end - offset
                }
                offset = end
            }
        } catch {
            fail(connection, error)
            return false
        }
        kept.writeSpan(bytes.extracting(offset..<bytes.count))
        return true
    }

    @inline(__always)
    private mutating func handle(
        _ frame: Frame, _ bytes: Span<UInt8>, _ buffer: borrowing ByteBuffer, _ connection: Int
    ) throws(WireError) -> Progress {
        guard connections[connection].phase == .connected else {
            return try handleUnconnected(frame, bytes, connection)
        }
        if frame.firstByte >> 4 == PacketType.publish.rawValue {
            if isRateBounded { return try receivedRatedPublish(frame, bytes, buffer, connection) }
            return try receivedPublish(frame, bytes, buffer, connection)
        }
        return try handleConnected(frame, bytes, connection)
    }

    private mutating func handleConnected(
        _ frame: Frame, _ bytes: Span<UInt8>, _ connection: Int
    ) throws(WireError) -> Progress {
        let version = connections[connection].version
        switch try frame.validateHeader(version) {
        case .puback:
            counters.received.puback += 1
            receivedPuback(
                try Acknowledgement(decoding: bytes, frame, type: .puback, version: version), connection)
        case .pubrec:
            counters.received.pubrec += 1
            receivedPubrec(
                try Acknowledgement(decoding: bytes, frame, type: .pubrec, version: version), connection)
        case .pubrel:
            counters.received.pubrel += 1
            receivedPubrel(
                try Acknowledgement(decoding: bytes, frame, type: .pubrel, version: version), connection)
        case .pubcomp:
            counters.received.pubcomp += 1
            receivedPubcomp(
                try Acknowledgement(decoding: bytes, frame, type: .pubcomp, version: version), connection)
        case .subscribe:
            let packet = try Subscribe(decoding: bytes, frame, version: version)
            let progress = try received(packet, connection)
            if progress == .done { counters.received.subscribe += 1 }
            return progress
        case .unsubscribe:
            counters.received.unsubscribe += 1
            received(try Unsubscribe(decoding: bytes, frame, version: version), connection)
        case .pingreq:
            guard frame.body.isEmpty else { throw .lengthMismatch }
            counters.received.pingreq += 1
            send(.pingresp, to: connection)
        case .disconnect:
            counters.received.disconnect += 1
            received(try Disconnect(decoding: bytes, frame, version: version), connection)
        case .auth:
            counters.received.auth += 1
            received(try Auth(decoding: bytes, frame), connection)
        case .connect, .connack, .suback, .unsuback, .pingresp, .publish:
            // A second CONNECT [MQTT-3.1.0-2], or what only servers send.
            disconnect(connection, .protocolError, detail: "a packet that a client must not send now")
        }
        return .done
    }

    private mutating func handleUnconnected(
        _ frame: Frame, _ bytes: Span<UInt8>, _ connection: Int
    ) throws(WireError) -> Progress {
        if connections[connection].phase == .authenticating {
            switch try frame.validateHeader(.v5) {
            case .auth:
                counters.received.auth += 1
                received(try Auth(decoding: bytes, frame), connection)
            case .disconnect: drop(connection, "the client gave up while it was being authenticated")
            default: drop(connection, "a packet other than AUTH came before CONNACK")
            }
            return .done
        }
        guard frame.type == .connect, frame.flags == 0 else {
            // 0x16, the type of a TLS record with a handshake.
            let isTLS = frame.type == .connect && frame.flags == 6
            drop(
                connection,
                isTLS
                    ? "a client with TLS came to a listener without TLS" : "the first packet is not CONNECT")
            return .done
        }
        counters.received.connect += 1
        receivedConnect(frame, bytes, connection)
        return .done
    }
}

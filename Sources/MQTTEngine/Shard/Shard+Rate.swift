import MQTTCodec
import NIOCore

/// Bounds on how fast one client may publish. Without them, which is the default, none of this is reached.
extension Shard {
    /// PUBLISH from a client whose rate is bounded.
    mutating func receivedRatedPublish(
        _ frame: Frame, _ bytes: Span<UInt8>, _ buffer: borrowing ByteBuffer, _ connection: Int
    ) throws(WireError) -> Progress {
        let wait = connections[connection].allowance?.wait(at: now) ?? 0
        guard wait == 0 else { return exceedRate(connection, wait) }
        let id = id(of: connection)
        let progress = try receivedPublish(frame, bytes, buffer, connection)
        // What is held comes again, and is counted then.
        if progress == .done && isCurrent(id) {
            connections[connection].allowance?.spend(bytes: frame.body.count)
        }
        return progress
    }

    private mutating func exceedRate(_ connection: Int, _ wait: Int64) -> Progress {
        if connections[connection].allowance?.isReported == false {
            connections[connection].allowance?.isReported = true
            report(.publishRateExceeded(client(of: connections[connection].session)))
        }
        switch configuration.ratePolicy {
        case .disconnect:
            disconnect(connection, .messageRateTooHigh, detail: "the client publishes faster than it may")
            return .done
        case .hold:
            if !connections[connection].holds.contains(.rate) {
                connections[connection].holds.insert(.rate)
                deadlines.add(
                    .rate, at: now.advanced(milliseconds: wait), slot: connection,
                    generation: connections.generation(of: connection))
            }
            return .held
        }
    }

    mutating func rateDue(_ connection: Int) {
        guard connections[connection].holds.contains(.rate) else { return }
        connections[connection].holds.remove(.rate)
        resumable.append(id(of: connection))
    }
}

import MQTTCodec
import NIOCore

extension ClientSession {
    /// When ``advance(to:isReading:)`` wants to be called next; nil: not at all.
    var deadline: NIODeadline? {
        switch phase {
        case .offline, .closing: return nil
        case .connecting: return connectSent + settings.connectTimeout
        case .connected:
            if let pingSent {
                return pingSent
                    + min(settings.pingTimeout, keepAlive > .zero ? keepAlive : settings.pingTimeout)
            }
            guard keepAlive > .zero else { return nil }
            return min(lastSent, lastReceived) + keepAlive
        }
    }

    /// Time has passed: PINGREQ when nothing was sent for the keep alive [MQTT-3.1.2-20], or nothing came.
    ///
    /// - Parameter isReading: whether bytes of the server are being read; while they are not, nothing can be
    ///   said about its silence.
    mutating func advance(to now: NIODeadline, isReading: Bool) {
        guard let deadline, deadline <= now else { return }
        if phase == .connecting {
            phase = .closing
            actions.append(.close(.timedOut))
        } else if pingSent != nil && isReading {
            phase = .closing
            actions.append(.close(.timedOut))
        } else {
            output.writeInteger(UInt16(PacketType.pingreq.firstByte) << 8)
            pingSent = now
            lastSent = now
        }
    }
}

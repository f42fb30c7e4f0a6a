import MQTTCodec
import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The form: the time of the day in seconds since 1970 in 8 bytes, big-endian, and the PUBLISH of MQTT 5.0.
extension OutboxEntry {
    init(_ packet: Publish, number: UInt64) {
        var packet = packet
        // The packet cannot be written without one.
        packet.packetIdentifier = 1
        var buffer = ByteBuffer()
        buffer.writeInteger(Self.now)
        packet.encode(into: &buffer, version: .v5)
        self.init(number: number, bytes: Array(buffer.readableBytesView))
    }

    /// What is to be sent; its expiry has run on. nil: the bytes are no message.
    var packet: Publish? {
        var buffer = ByteBuffer(bytes: bytes)
        guard let stored: UInt64 = buffer.readInteger(),
            case .publish(var packet)? = try? ControlPacket.read(from: &buffer, version: .v5)
        else { return nil }
        packet.packetIdentifier = 0
        if let interval = packet.properties.messageExpiryInterval {
            let passed = Self.now > stored ? Self.now - stored : 0
            packet.properties.messageExpiryInterval =
                UInt64(interval) > passed ? interval - UInt32(passed) : 0
        }
        return packet
    }

    private static var now: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(max(0, time.tv_sec))
    }
}

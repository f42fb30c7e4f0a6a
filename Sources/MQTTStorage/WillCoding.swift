import MQTTCodec
import NIOCore

extension Will {
    /// The will as the CONNECT of a nameless client: the form that the codec can already write and read.
    var stored: [UInt8] {
        var buffer = ByteBuffer()
        Connect(version: .v5, clientIdentifier: "", will: self).encode(into: &buffer)
        return Array(buffer.readableBytesView)
    }

    init?(stored: [UInt8]) {
        var buffer = ByteBuffer(bytes: stored)
        guard case .connect(let connect)? = try? ControlPacket.read(from: &buffer, version: .v5),
            let will = connect.will
        else { return nil }
        self = will
    }
}

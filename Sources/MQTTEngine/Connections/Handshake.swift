import MQTTCodec

/// What is kept of a CONNECT while it is being decided on.
final class Handshake {
    var connect: Connect

    init(_ connect: Connect) { self.connect = connect }
}

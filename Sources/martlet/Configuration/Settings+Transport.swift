import MQTTBroker

extension Settings {
    /// How bytes get from and to sockets.
    static let transport: [Setting<ServerConfiguration>] = [
        .size(
            "transport.read_size", \.broker.readSize, 1024...(16 << 20),
            "Bytes read from a connection at a time. One buffer of this size serves all connections of a shard."
        ),
        .size(
            "transport.write_buffer_high", \.broker.writeBufferHigh, 1...(1 << 30),
            """
            Bytes handed to a connection's socket and not yet taken by it, from which on more of them wait in \
            the broker, within `limits.outgoing_bytes`.
            """),
        .size(
            "transport.write_buffer_low", \.broker.writeBufferLow, 1...(1 << 30),
            "Bytes not yet taken below which the socket is given more. At most `transport.write_buffer_high`."
        ),
        .duration(
            "transport.linger_time", \.broker.lingerTime, in: .milliseconds, 0...3_600_000,
            "Time that a client has to take the last bytes and to close, once the broker ended its connection."
        ),
        .duration(
            "transport.stop_time", \.broker.stopTime, in: .milliseconds, 0...3_600_000,
            "Time that all clients have to take their last bytes when the broker stops."),
    ]
}

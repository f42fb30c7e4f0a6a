import MQTTCodec
import NIOCore
import NIOPosix

/// A client of a few bytes: what a test has to see of the wire, and no more.
struct WireClient {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    static func connect(port: Int) async throws -> Self {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return Self(channel: channel)
    }

    /// Sends CONNECT of 5.0 with an empty client identifier and Clean Start, hands over the bytes of the first
    /// answer, and returns all that comes until the broker closes.
    func run(_ answered: (ByteBuffer) async throws -> Void) async throws -> ByteBuffer {
        try await channel.executeThenClose { inbound, outbound in
            let connect: [UInt8] = [0x10, 13, 0, 4] + Array("MQTT".utf8) + [5, 2, 0, 60, 0, 0, 0]
            try await outbound.write(ByteBuffer(bytes: connect))
            var all = ByteBuffer()
            var isAnswered = false
            for try await part in inbound {
                all.writeImmutableBuffer(part)
                // Every answer that these tests wait for is shorter than 128 bytes.
                guard !isAnswered, let length = all.getInteger(at: 1, as: UInt8.self),
                    let answer = all.getSlice(at: 0, length: Int(length) + 2)
                else { continue }
                isAnswered = true
                try await answered(answer)
            }
            return all
        }
    }
}

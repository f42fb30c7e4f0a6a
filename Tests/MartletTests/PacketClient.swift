import MQTTCodec
import NIOCore
import NIOPosix
import NIOSSL

/// A client of MQTT 5.0 that tells with which codes the broker answers.
final class PacketClient {
    struct Ended: Error {}

    private let channel: any Channel
    private let packets: PacketQueue

    private init(_ channel: any Channel, _ packets: PacketQueue) {
        self.channel = channel
        self.packets = packets
    }

    deinit { channel.close(promise: nil) }

    /// A connection on which nothing was sent yet.
    static func open(port: Int, tls: NIOSSLContext? = nil) async throws -> PacketClient {
        let packets = PacketQueue()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                    }
                    try channel.pipeline.syncOperations.addHandler(PacketReceiver(packets))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return PacketClient(channel, packets)
    }

    /// The code of CONNACK, and the client.
    static func connect(
        port: Int, _ userName: MQTTString?, _ password: String?, identifier: MQTTString = "",
        will: MQTTString? = nil, tls: NIOSSLContext? = nil
    ) async throws -> (ReasonCode, PacketClient) {
        let client = try await open(port: port, tls: tls)
        try await client.send(
            .connect(
                Connect(
                    version: .v5, cleanStart: true, keepAlive: 0, clientIdentifier: identifier,
                    will: will.map { Will(topic: $0, payload: [1]) }, userName: userName,
                    password: password.map { Array($0.utf8) })))
        guard case .connack(let connack) = try await client.next() else { throw Ended() }
        return (connack.reasonCode, client)
    }

    func subscribe(_ filters: MQTTString...) async throws -> [ReasonCode] {
        try await send(
            .subscribe(Subscribe(packetIdentifier: 1, filters.map { .init($0, .init(qos: .atMostOnce)) })))
        guard case .subscriptionAcknowledgement(let answer) = try await next() else { throw Ended() }
        return answer.reasonCodes
    }

    /// The code of PUBACK.
    func publish(_ topic: MQTTString, _ payload: String = "") async throws -> ReasonCode {
        try await send(
            .publish(
                Publish(
                    topicName: topic, payload: ByteBuffer(string: payload), qos: .atLeastOnce,
                    packetIdentifier: 1)))
        guard case .acknowledgement(let answer) = try await next() else { throw Ended() }
        return answer.reasonCode
    }

    func send(_ packet: ControlPacket) async throws {
        var bytes = ByteBuffer()
        packet.encode(into: &bytes, version: .v5)
        try await channel.writeAndFlush(bytes)
    }

    /// - Throws: ``Ended`` when the broker has closed the connection.
    func next() async throws -> ControlPacket {
        guard let packet = await packets.stream.first(where: { _ in true }) else { throw Ended() }
        return packet
    }
}

/// What came from the broker.
final class PacketQueue: Sendable {
    let stream: AsyncStream<ControlPacket>
    let continuation: AsyncStream<ControlPacket>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }
}

private final class PacketReceiver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let packets: PacketQueue
    private var received = ByteBuffer()

    init(_ packets: PacketQueue) { self.packets = packets }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        while let packet = try? ControlPacket.read(from: &received, version: .v5) {
            packets.continuation.yield(packet)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { packets.continuation.finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

import NIOCore
import NIOPosix
import Synchronization

/// A place between client and server where connections suffer ``Fault``s, one after the other.
final class FaultProxy: Sendable {
    private let target: SocketAddress
    private let listener = Mutex<(any Channel)?>(nil)
    private let state: Mutex<State>

    private struct State {
        var random: SplitMix
        var isWell = false
        var count = 0
        var open: [any Channel] = []
    }

    init(to target: SocketAddress, seed: UInt64) {
        self.target = target
        state = Mutex(State(random: SplitMix(seed)))
    }

    /// How many connections there were.
    var count: Int { state.withLock { $0.count } }

    func start() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { self.accept($0) }
            .bind(host: "127.0.0.1", port: 0).get()
        listener.withLock { $0 = channel }
        return channel.localAddress?.port ?? 0
    }

    /// From now on connections last.
    func heal() { state.withLock { $0.isWell = true } }

    func stop() async {
        try? await listener.withLock { $0 }?.close()
        for channel in state.withLock({ $0.open }) { channel.close(promise: nil) }
    }

    private func accept(_ client: any Channel) -> EventLoopFuture<Void> {
        let (fault, random) = state.withLock { state in
            state.count += 1
            let fault = state.isWell ? Fault.none : .random(using: &state.random)
            return (fault, SplitMix(state.random.next()))
        }
        return ClientBootstrap(group: client.eventLoop).channelOption(.autoRead, value: false).connect(
            to: target
        )
        .flatMap { server in
            self.state.withLock { state in
                state.open.removeAll { !$0.isActive }
                state.open += [client, server]
            }
            return client.eventLoop.makeCompletedFuture {
                let line = FaultyLine(client, server, fault)
                try client.pipeline.syncOperations.addHandler(
                    FaultyPipe(line, to: server, budget: fault.fromClient, random))
                try server.pipeline.syncOperations.addHandler(
                    FaultyPipe(line, to: client, budget: fault.toClient, SplitMix(~random.state)))
            }.flatMap {
                client.setOption(.autoRead, value: true).and(server.setOption(.autoRead, value: true)).map {
                    _ in
                }
            }
        }
    }
}

/// Both directions of a connection, on one event loop.
private final class FaultyLine {
    let client: any Channel
    let server: any Channel
    let fault: Fault
    var isDead = false

    init(_ client: any Channel, _ server: any Channel, _ fault: Fault) {
        self.client = client
        self.server = server
        self.fault = fault
    }

    func end() {
        isDead = true
        guard fault.end == .cut else { return }
        client.close(promise: nil)
        server.close(promise: nil)
    }
}

private final class FaultyPipe: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let line: FaultyLine
    private let other: any Channel
    private var budget: Int
    private var random: SplitMix
    /// When the last piece goes on.
    private var due = NIODeadline.now()

    init(_ line: FaultyLine, to other: any Channel, budget: Int, _ random: SplitMix) {
        self.line = line
        self.other = other
        self.budget = budget
        self.random = random
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard !line.isDead, budget > 0 else { return }
        guard line.fault.isJittery else { return pass(&bytes) }
        while bytes.readableBytes > 0 {
            let length = Int.random(in: 1...256, using: &random)
            guard var piece = bytes.readSlice(length: min(length, bytes.readableBytes)) else { return }
            due = max(due, .now()) + .microseconds(.random(in: 0...1_000, using: &random))
            context.eventLoop.assumeIsolated().scheduleTask(deadline: due) { self.pass(&piece) }
        }
    }

    private func pass(_ bytes: inout ByteBuffer) {
        guard !line.isDead, let part = bytes.readSlice(length: min(budget, bytes.readableBytes)) else {
            return
        }
        budget -= part.readableBytes
        let isSpent = budget == 0
        let written = other.writeAndFlush(part)
        if isSpent { written.assumeIsolated().whenComplete { _ in self.line.end() } }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !line.isDead || line.fault.end == .cut { other.close(promise: nil) }
    }
}

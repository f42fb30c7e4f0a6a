import NIOCore
import NIOPosix
import Synchronization

/// A place between client and server that cuts connections when it is told to, or after a number of bytes.
final class CuttingProxy: Sendable {
    private let target: SocketAddress
    private let listener: any Channel
    private let state: Mutex<State>

    private struct State {
        var open: [any Channel] = []
        var refuses = false
        /// How many bytes the next connections let through from the client and to it.
        var budgets: [(Int, Int)] = []
        var count = 0
    }

    static func start(to target: SocketAddress) async throws -> CuttingProxy {
        let accepted = NIOLockedProxy()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in accepted.accept(channel) }
            .bind(host: "127.0.0.1", port: 0).get()
        let proxy = CuttingProxy(target, listener)
        accepted.proxy.withLock { $0 = proxy }
        return proxy
    }

    private init(_ target: SocketAddress, _ listener: any Channel) {
        self.target = target
        self.listener = listener
        state = Mutex(State())
    }

    var port: Int { listener.localAddress?.port ?? 0 }
    var count: Int { state.withLock { $0.count } }

    /// Ends all connections, without a word.
    func cut() {
        let open = state.withLock { state in
            defer { state.open = [] }
            return state.open
        }
        for channel in open { channel.close(promise: nil) }
    }

    /// Whether new connections are closed at once.
    func refuse(_ refuses: Bool) { state.withLock { $0.refuses = refuses } }

    /// The next connections end after so many bytes in either direction.
    func budget(_ budgets: [(Int, Int)]) { state.withLock { $0.budgets = budgets } }

    func stop() async {
        try? await listener.close()
        cut()
    }

    fileprivate func accept(_ client: any Channel) -> EventLoopFuture<Void> {
        let plan: (Int, Int)? = state.withLock { state in
            guard !state.refuses else { return nil }
            state.count += 1
            return state.budgets.isEmpty ? (.max, .max) : state.budgets.removeFirst()
        }
        guard let plan else {
            client.close(promise: nil)
            return client.eventLoop.makeSucceededVoidFuture()
        }
        return ClientBootstrap(group: client.eventLoop)
            .channelOption(.autoRead, value: false)
            .connect(to: target)
            .flatMap { server in
                self.state.withLock { $0.open += [client, server] }
                return client.eventLoop.makeCompletedFuture {
                    try client.pipeline.syncOperations.addHandler(Pipe(to: server, budget: plan.0))
                    try server.pipeline.syncOperations.addHandler(Pipe(to: client, budget: plan.1))
                }.flatMap {
                    client.setOption(.autoRead, value: true).and(server.setOption(.autoRead, value: true))
                        .map { _ in }
                }
            }
    }
}

/// Ties the knot between a listener and its proxy.
private final class NIOLockedProxy: Sendable {
    let proxy = Mutex<CuttingProxy?>(nil)

    func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let proxy = proxy.withLock({ $0 }) else {
            return channel.eventLoop.makeFailedFuture(ChannelError.eof)
        }
        return proxy.accept(channel)
    }
}

final class Pipe: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel
    private var budget: Int

    init(to other: any Channel, budget: Int) {
        self.other = other
        self.budget = budget
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        let part = bytes.readSlice(length: min(budget, bytes.readableBytes)) ?? ByteBuffer()
        budget -= part.readableBytes
        let isSpent = budget == 0
        let done = other.writeAndFlush(part)
        if isSpent {
            let here = context.channel
            done.whenComplete { [other] _ in
                other.close(promise: nil)
                here.close(promise: nil)
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }
}

import NIOCore

/// A shard where it runs.
struct RunningShard: Sendable {
    let eventLoop: any EventLoop
    let gate: LoopGate
    let driver: NIOLoopBound<ShardDriver>

    /// Runs `body` on the shard's event loop.
    func run<Value: Sendable>(_ body: @escaping @Sendable (ShardDriver) -> Value) async throws -> Value {
        try await gate.submit { [driver] in body(driver.value) }
    }
}

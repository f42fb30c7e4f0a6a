/// A publisher on another shard that was asked to wait.
struct WaitingPublisher: Equatable {
    let shard: UInt8
    let connection: ConnectionID
}

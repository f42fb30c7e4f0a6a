import MQTTCodec
import MQTTEngine
import NIOCore

/// Holds a shard, which cannot be copied, and the links that lead to it. A round may have several.
final class ShardHost {
    var shard: Shard
    var links: [ConnectionID: Link] = [:]

    /// - Parameter authenticates: whether every CONNECT waits for an answer of the round.
    init(
        configuration: EngineConfiguration, authenticates: Bool, place: ShardPlace, seed: UInt64, now: Instant
    ) {
        let ports = Ports(authenticator: authenticates ? Nobody() : nil)
        shard = Shard(configuration: configuration, ports: ports, seed: seed, now: now, place: place)
    }

    /// The round itself answers the shard's questions.
    private struct Nobody: Authenticator {
        func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
            .refused(.serverUnavailable)
        }
    }
}

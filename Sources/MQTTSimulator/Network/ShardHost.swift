import MQTTEngine
import NIOCore

/// Holds a shard, which cannot be copied, and the links that lead to it. A round may have several.
final class ShardHost {
    var shard: Shard
    var links: [ConnectionID: Link] = [:]

    init(configuration: EngineConfiguration, seed: UInt64, now: Instant) {
        shard = Shard(configuration: configuration, seed: seed, now: now)
    }
}

import ArgumentParser
import MQTTCodec

/// What a benchmark does, in numbers.
struct BenchPlan: Codable, Equatable {
    enum Shape: String, Codable, CaseIterable, ExpressibleByArgument {
        /// Each publisher has a topic of its own, and each topic one subscriber.
        case p2p
        /// All publishers reach all subscribers that there are, mostly one.
        case fanIn = "fan-in"
        /// Every subscriber gets all topics.
        case fanOut = "fan-out"
        /// The subscribers share one subscription to all topics.
        case shared
        /// Clients connect, and do nothing more.
        case connections
        /// Publishers alone: the latency is that of their acknowledgements.
        case publish
        /// Subscribers alone: the latency is that of their subscriptions, and what others publish is counted.
        case subscribe
    }

    var name: String
    var shape: Shape
    var publishers = 0
    var subscribers = 0
    /// Messages a second of each publisher; 0: as fast as they are taken.
    var rate = 0.0
    /// Seconds.
    var duration = 10.0
    /// Bytes of a payload; 16 at least.
    var size = 16
    var qos: UInt8 = 1
    /// Connections a second; 0: as fast as they are taken.
    var connectRate = 0.0

    /// Those of the public mqttbs suite: all of QoS 1, with payloads of 16 bytes.
    static let named: [Self] = [
        Self(name: "conn-10k", shape: .connections, subscribers: 10_000, connectRate: 100),
        Self(name: "fanout-1k", shape: .fanOut, publishers: 1, subscribers: 1_000, rate: 1),
        Self(name: "fanout-250k", shape: .fanOut, publishers: 5, subscribers: 1_000, rate: 50),
        Self(name: "p2p-1k", shape: .p2p, publishers: 1_000, subscribers: 1_000, rate: 1),
        Self(name: "p2p-50k", shape: .p2p, publishers: 50_000, subscribers: 50_000, rate: 1),
        Self(name: "shared-1k", shape: .shared, publishers: 1_000, subscribers: 5, rate: 1),
        Self(name: "shared-50k", shape: .shared, publishers: 50_000, subscribers: 500, rate: 1),
    ]

    /// Modest numbers for a shape.
    static func standard(_ shape: Shape) -> Self {
        switch shape {
        case .p2p: Self(name: "p2p", shape: .p2p, publishers: 10, subscribers: 10)
        case .fanIn: Self(name: "fan-in", shape: .fanIn, publishers: 10, subscribers: 1)
        case .fanOut: Self(name: "fan-out", shape: .fanOut, publishers: 1, subscribers: 10)
        case .shared: Self(name: "shared", shape: .shared, publishers: 10, subscribers: 5)
        case .connections: Self(name: "connections", shape: .connections, subscribers: 1_000)
        case .publish: Self(name: "publish", shape: .publish, publishers: 10)
        case .subscribe: Self(name: "subscribe", shape: .subscribe, subscribers: 10)
        }
    }

    /// How often each message has to arrive.
    var copies: Int {
        switch shape {
        case .p2p, .shared: 1
        case .fanIn, .fanOut: subscribers
        case .connections, .publish, .subscribe: 0
        }
    }

    func topic(ofPublisher number: Int, under prefix: String) -> String { "\(prefix)/\(number)" }

    func filter(ofSubscriber number: Int, under prefix: String) -> String {
        switch shape {
        case .p2p: "\(prefix)/\(number)"
        case .shared: "$share/bench/\(prefix)/+"
        case .fanIn, .fanOut, .connections, .publish, .subscribe: "\(prefix)/+"
        }
    }
}

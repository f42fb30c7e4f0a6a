import MQTTEngine

/// How one event loop of a broker is.
public struct ShardStatus: Sendable, Equatable {
    public var counters: Counters
    /// Nanoseconds from asking the event loop to its answer: how long whatever came then had to wait.
    public var delay: Int64

    public init(counters: Counters, delay: Int64) {
        self.counters = counters
        self.delay = delay
    }
}

import CoreMetrics
import Synchronization

/// A histogram of the registry. Durations are kept in seconds.
final class HistogramCell: RecorderHandler, TimerHandler, Sendable {
    struct State {
        /// How many values fell into each bucket, the last one having no upper bound.
        var buckets: [UInt64]
        var sum = 0.0
        var count: UInt64 { buckets.reduce(0, +) }
    }

    /// From 100 µs to 10 s: what a sync of a disk or a handshake takes.
    static let seconds = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// From 1 to 100,000: numbers of things.
    static let numbers = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000.0]

    let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(buckets: Array(repeating: 0, count: bounds.count + 1)))
    }

    var values: State { state.withLock { $0 } }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.buckets[bucket] += 1
            state.sum += value
        }
    }
}

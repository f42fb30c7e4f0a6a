import CoreMetrics
import Synchronization

/// A gauge of the registry: the last value that it was given.
final class GaugeCell: RecorderHandler, MeterHandler, Sendable {
    private let bits = Mutex(0.0)

    var value: Double { bits.withLock { $0 } }

    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.withLock { $0 = value } }
    func increment(by amount: Double) { bits.withLock { $0 += amount } }
    func decrement(by amount: Double) { bits.withLock { $0 -= amount } }
}

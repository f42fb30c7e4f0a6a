import Histogram
import NIOCore
import Synchronization

/// What a benchmark counts, for all of its clients together.
final class BenchTally: Sendable {
    struct Counts: Sendable {
        var connected = 0
        var published = 0
        var acknowledged = 0
        var failed = 0
        var received = 0
        var duplicates = 0
        var disordered = 0
        /// Nanoseconds of this process' clock.
        var lastReceived: UInt64 = 0
    }

    private struct State: Sendable {
        var counts = Counts()
        /// Microseconds, up to ten minutes.
        var latencies = Histogram<UInt64>(
            highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)
        var connectTimes = Histogram<UInt64>(
            highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)
    }

    private let state = Mutex(State())

    var counts: Counts { state.withLock { $0.counts } }

    func count(_ change: (inout Counts) -> Void) { state.withLock { change(&$0.counts) } }

    func connected(nanoseconds: UInt64) {
        state.withLock {
            $0.counts.connected += 1
            $0.connectTimes.record(nanoseconds / 1000)
        }
    }

    /// An acknowledgement came.
    func answered(nanoseconds: UInt64) {
        state.withLock { state in _ = state.latencies.record(nanoseconds / 1000) }
    }

    func received(_ news: BenchOrder.News, nanoseconds: UInt64, at now: UInt64) {
        state.withLock {
            $0.counts.lastReceived = max($0.counts.lastReceived, now)
            switch news {
            case .next: $0.counts.received += 1
            case .late:
                $0.counts.received += 1
                $0.counts.disordered += 1
            case .duplicate: $0.counts.duplicates += 1
            }
            $0.latencies.record(nanoseconds / 1000)
        }
    }

    var latencies: BenchReport.Times { state.withLock { BenchReport.Times($0.latencies) } }
    var connectTimes: BenchReport.Times { state.withLock { BenchReport.Times($0.connectTimes) } }
}

/// The order in which one receiver gets the messages of each publisher.
struct BenchOrder {
    enum News {
        case next
        /// Behind one that was sent after it.
        case late
        case duplicate
    }

    private var next: [UInt32: UInt32] = [:]
    private var missing: Set<UInt64> = []

    /// - Parameter isShared: whether other receivers get a part of the messages, so that gaps mean nothing.
    mutating func received(_ stamp: BenchStamp, isShared: Bool) -> News {
        let expected = next[stamp.publisher] ?? 0
        if stamp.sequence >= expected {
            if !isShared {
                for sequence in expected..<stamp.sequence {
                    missing.insert(Self.key(stamp.publisher, sequence))
                }
            }
            next[stamp.publisher] = stamp.sequence + 1
            return .next
        }
        if isShared { return .late }
        return missing.remove(Self.key(stamp.publisher, stamp.sequence)) != nil ? .late : .duplicate
    }

    private static func key(_ publisher: UInt32, _ sequence: UInt32) -> UInt64 {
        UInt64(publisher) << 32 | UInt64(sequence)
    }
}

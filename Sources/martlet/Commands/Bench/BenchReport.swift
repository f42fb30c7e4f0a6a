import Histogram

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The outcome of a benchmark.
struct BenchReport: Codable {
    /// Microseconds.
    struct Times: Codable, Equatable {
        var minimum: UInt64
        var p50: UInt64
        var p90: UInt64
        var p99: UInt64
        var p999: UInt64
        var maximum: UInt64
        var mean: Double

        init(_ histogram: Histogram<UInt64>) {
            let isEmpty = histogram.totalCount == 0
            minimum = isEmpty ? 0 : histogram.min
            p50 = histogram.valueAtPercentile(50)
            p90 = histogram.valueAtPercentile(90)
            p99 = histogram.valueAtPercentile(99)
            p999 = histogram.valueAtPercentile(99.9)
            maximum = isEmpty ? 0 : histogram.max
            mean = isEmpty ? 0 : (histogram.mean * 10).rounded() / 10
        }
    }

    var plan: BenchPlan
    var server: String
    var version: String
    var connected: Int
    var connectMicroseconds: Times
    /// From the first message to the last.
    var seconds: Double
    var published: Int
    /// Publishes whose QoS was fulfilled.
    var fulfilled: Int
    var failed: Int
    var received: Int
    var expected: Int
    var lost: Int
    var duplicates: Int
    var disordered: Int
    var publishedPerSecond: Double
    var receivedPerSecond: Double
    var latencyMicroseconds: Times

    /// Whether nothing went wrong.
    var isClean: Bool { lost == 0 && failed == 0 && disordered == 0 && (plan.qos != 2 || duplicates == 0) }

    func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    func text() -> String {
        var lines = [
            "\(plan.name): \(plan.publishers) publishers, \(plan.subscribers) subscribers, QoS \(plan.qos), "
                + "\(plan.size) bytes, \(server)",
            "  connected   \(connected)  \(Self.text(connectMicroseconds))",
        ]
        guard plan.shape != .connections else { return lines.joined(separator: "\n") }
        guard plan.shape != .subscribe else {
            lines += [
                "  subscribed  \(Self.text(latencyMicroseconds))",
                "  received    \(received) in \(Self.rounded(seconds)) s  (\(Int(receivedPerSecond)) a second)",
            ]
            return lines.joined(separator: "\n")
        }
        lines += [
            "  published   \(published) in \(Self.rounded(seconds)) s  (\(Int(publishedPerSecond)) a second)"
                + (failed > 0 ? ", \(failed) failed" : "")
        ]
        guard plan.shape != .publish else {
            lines.append("  fulfilled   \(fulfilled)  \(Self.text(latencyMicroseconds))")
            return lines.joined(separator: "\n")
        }
        lines += [
            "  received    \(received) of \(expected)  (\(Int(receivedPerSecond)) a second)",
            "  latency     \(Self.text(latencyMicroseconds))",
            "  checks      \(lost) lost, \(duplicates) duplicates, \(disordered) out of order",
        ]
        return lines.joined(separator: "\n")
    }

    private static func text(_ times: Times) -> String {
        "p50 \(milliseconds(times.p50))  p90 \(milliseconds(times.p90))  p99 \(milliseconds(times.p99))  "
            + "p99.9 \(milliseconds(times.p999))  max \(milliseconds(times.maximum)) ms"
    }

    private static func milliseconds(_ microseconds: UInt64) -> String {
        rounded(Double(microseconds) / 1000)
    }

    private static func rounded(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}

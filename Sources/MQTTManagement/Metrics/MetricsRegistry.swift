import CoreMetrics
import Synchronization

/// Keeps what is recorded through swift-metrics, to be read as ``MetricFamily``s.
///
/// Its size is bounded: once ``maximumSeries`` series are there, further ones are not kept, and how many were
/// asked for is told by `martlet_metrics_series_refused`. So a label whose values others choose cannot fill
/// the memory.
public final class MetricsRegistry: MetricsFactory, Sendable {
    public let maximumSeries: Int

    private struct Key: Hashable {
        let name: String
        let labels: [String]
    }

    private enum Cell {
        case counter(CounterCell)
        case gauge(GaugeCell)
        case histogram(HistogramCell)

        var kind: MetricFamily.Kind {
            switch self {
            case .counter: .counter
            case .gauge: .gauge
            case .histogram: .histogram
            }
        }
    }

    private struct State {
        var cells: [Key: Cell] = [:]
        var help: [String: String] = [:]
        var refused: Int64 = 0
    }

    private let state = Mutex(State())

    public init(maximumSeries: Int = 2_000) { self.maximumSeries = maximumSeries }

    /// Says what the series of a name mean.
    public func describe(_ label: String, _ help: String) {
        state.withLock { $0.help[Self.name(label)] = help }
    }

    // MARK: MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        make(label, dimensions, { .counter(CounterCell()) }) { cell in
            if case .counter(let found) = cell { found } else { nil }
        } ?? CounterCell()
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        makeGauge(label, dimensions)
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return makeGauge(label, dimensions) }
        return makeHistogram(label, dimensions, HistogramCell.numbers)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        makeHistogram(label, dimensions, HistogramCell.seconds)
    }

    // What has been counted stays: whoever asks for the same series again goes on with it.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func makeGauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeCell {
        make(label, dimensions, { .gauge(GaugeCell()) }) { cell in
            if case .gauge(let found) = cell { found } else { nil }
        } ?? GaugeCell()
    }

    private func makeHistogram(
        _ label: String, _ dimensions: [(String, String)], _ bounds: [Double]
    ) -> HistogramCell {
        make(label, dimensions, { .histogram(HistogramCell(bounds: bounds)) }) { cell in
            if case .histogram(let found) = cell { found } else { nil }
        } ?? HistogramCell(bounds: bounds)
    }

    /// The cell of a series, made if there is room; nil: it is of another kind, or there is no room.
    private func make<Found>(
        _ label: String, _ dimensions: [(String, String)], _ new: () -> Cell, _ cast: (Cell) -> Found?
    ) -> Found? {
        let labels = dimensions.flatMap { [Self.labelName($0.0), $0.1] }
        let key = Key(name: Self.name(label), labels: labels)
        return state.withLock { state in
            if let cell = state.cells[key] { return cast(cell) }
            guard state.cells.count < maximumSeries else {
                state.refused += 1
                return nil
            }
            let cell = new()
            state.cells[key] = cell
            return cast(cell)
        }
    }

    // MARK: Reading

    /// All that was recorded, by name.
    public var families: [MetricFamily] {
        let state = state.withLock { $0 }
        var families: [String: MetricFamily] = [:]
        for (key, cell) in state.cells.sorted(by: { Self.order($0.key, $1.key) }) {
            let labels = stride(from: 0, to: key.labels.count, by: 2).map {
                (key.labels[$0], key.labels[$0 + 1])
            }
            let help = state.help[key.name] ?? "No description."
            families[key.name, default: MetricFamily(key.name, cell.kind, help, [])].samples +=
                samples(of: cell, labels)
        }
        let refused = MetricFamily(
            "martlet_metrics_series_refused", .counter, "Series that were not kept: there are too many.",
            state.refused)
        return families.values.sorted { $0.name < $1.name } + [refused]
    }

    /// How often the store has committed, and how many seconds that took.
    var commits: (count: UInt64, seconds: Double) {
        let key = Key(name: "martlet_store_commit_seconds", labels: [])
        guard case .histogram(let cell) = state.withLock({ $0.cells[key] }) else { return (0, 0) }
        let values = cell.values
        return (values.count, values.sum)
    }

    private func samples(of cell: Cell, _ labels: [(String, String)]) -> [MetricSample] {
        switch cell {
        case .counter(let counter): [MetricSample(labels: labels, value: Double(counter.value))]
        case .gauge(let gauge): [MetricSample(labels: labels, value: gauge.value)]
        case .histogram(let histogram): samples(of: histogram, labels)
        }
    }

    private func samples(of histogram: HistogramCell, _ labels: [(String, String)]) -> [MetricSample] {
        let values = histogram.values
        var samples: [MetricSample] = []
        var count: UInt64 = 0
        for (index, bound) in (histogram.bounds + [.infinity]).enumerated() {
            count += values.buckets[index]
            let bound = ("le", bound.isInfinite ? "+Inf" : "\(bound)")
            samples.append(MetricSample(suffix: "_bucket", labels: labels + [bound], value: Double(count)))
        }
        samples.append(MetricSample(suffix: "_sum", labels: labels, value: values.sum))
        samples.append(MetricSample(suffix: "_count", labels: labels, value: Double(count)))
        return samples
    }

    private static func order(_ one: Key, _ other: Key) -> Bool {
        (one.name, one.labels.joined(separator: "\u{0}")) < (
            other.name, other.labels.joined(separator: "\u{0}")
        )
    }

    /// With `_` for all that names of metrics must not have.
    static func name(_ label: String) -> String {
        let name = String(label.unicodeScalars.map { isLetter($0) || $0 == ":" ? Character($0) : "_" })
        guard let first = name.unicodeScalars.first, isDigit(first) else { return name }
        return "_" + name
    }

    static func labelName(_ label: String) -> String {
        let name = String(label.unicodeScalars.map { isLetter($0) ? Character($0) : "_" })
        guard let first = name.unicodeScalars.first, isDigit(first) else { return name }
        return "_" + name
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}

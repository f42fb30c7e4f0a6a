/// All series of one name, at one moment.
public struct MetricFamily: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// Without `_total`; with the unit at its end, as in `martlet_store_commit_seconds`.
    public var name: String
    public var kind: Kind
    /// One sentence.
    public var help: String
    public var samples: [MetricSample]

    public init(_ name: String, _ kind: Kind, _ help: String, _ samples: [MetricSample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    /// One with a single series without labels.
    public init(_ name: String, _ kind: Kind, _ help: String, _ value: some BinaryInteger) {
        self.init(name, kind, help, [MetricSample(value: Double(value))])
    }

    /// One with a series for each value of a label.
    public init<Value: BinaryInteger>(
        _ name: String, _ kind: Kind, _ help: String, by label: String, _ values: [(String, Value)]
    ) {
        self.init(
            name, kind, help, values.map { MetricSample(labels: [(label, $0.0)], value: Double($0.1)) })
    }
}

/// One number of a series.
public struct MetricSample: Sendable, Equatable {
    /// What comes behind the family's name, such as `_bucket`; counters get their `_total` by themselves.
    public var suffix: String
    public var labels: [(name: String, value: String)]
    public var value: Double

    public init(suffix: String = "", labels: [(String, String)] = [], value: Double) {
        self.suffix = suffix
        self.labels = labels.map { (name: $0.0, value: $0.1) }
        self.value = value
    }

    public static func == (one: Self, other: Self) -> Bool {
        one.suffix == other.suffix && one.value == other.value
            && one.labels.elementsEqual(other.labels) { $0.name == $1.name && $0.value == $1.value }
    }
}

/// Metrics as Prometheus reads them: in its text format 0.0.4 or as OpenMetrics 1.0.
public struct MetricsText: Sendable {
    public enum Format: Sendable, CaseIterable {
        case prometheus, openMetrics

        /// For Content-Type.
        public var mediaType: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }

        /// What a request's Accept header asks for.
        public init(accept: String?) {
            self = accept?.contains("application/openmetrics-text") == true ? .openMetrics : .prometheus
        }
    }

    private let format: Format
    private var text = ""

    private init(_ format: Format) { self.format = format }

    public static func text(of families: [MetricFamily], _ format: Format) -> String {
        var writer = Self(format)
        for family in families { writer.add(family) }
        if format == .openMetrics { writer.text += "# EOF\n" }
        return writer.text
    }

    private mutating func add(_ family: MetricFamily) {
        let total = family.kind == .counter ? "_total" : ""
        // OpenMetrics names the family without `_total`, Prometheus as its series are named.
        let name = family.name + (format == .prometheus ? total : "")
        text += "# HELP \(name) \(escapedHelp(family.help))\n# TYPE \(name) \(family.kind.rawValue)\n"
        for sample in family.samples {
            text += family.name + total + sample.suffix
            if !sample.labels.isEmpty {
                text += "{"
                for (index, label) in sample.labels.enumerated() {
                    if index > 0 { text += "," }
                    text += "\(label.name)=\"\(escaped(label.value))\""
                }
                text += "}"
            }
            text += " \(Self.text(of: sample.value))\n"
        }
    }

    private func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// Prometheus' format has no quotes to escape in help, OpenMetrics does.
    private func escapedHelp(_ text: String) -> String {
        guard format == .prometheus else { return escaped(text) }
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value.rounded() == value && value.magnitude < 9_007_199_254_740_992 { return "\(Int64(value))" }
        return "\(value)"
    }
}

import Logging

/// Writes log lines to standard error, one system call for each, so that lines of several threads do not mix.
struct StandardErrorLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let output: LogOutput
    private var area = LogArea.server
    /// What a single logger is set to, on top of its area.
    private var ownLevel: Logger.Level?

    init(label: String, output: LogOutput) {
        self.label = label
        self.output = output
    }

    /// One that stands alone.
    init(label: String, level: Logger.Level, format: LogFormat) {
        self.init(label: label, output: LogOutput(level: level, format: format))
    }

    var logLevel: Logger.Level {
        get {
            let level = output.level(of: area)
            return ownLevel.map { max($0, level) } ?? level
        }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set {
            metadata[key] = newValue
            if key == LogArea.key { area = newValue.flatMap { LogArea(rawValue: "\($0)") } ?? .server }
        }
    }

    func log(event: LogEvent) {
        for line in output.admit(event.level, area, event.message.description, at: .now()) {
            switch line {
            case .event: StandardError.write(self.line(for: event, at: .now()))
            case .repeated(let message, let count):
                let summary = LogEvent(
                    level: .notice, message: "\(count) more lines of this kind were left out: \(message)",
                    metadata: nil, source: nil, file: "", function: "", line: 0)
                StandardError.write(self.line(for: summary, at: .now()))
            }
        }
    }

    /// The bytes of one line, with its end.
    func line(for event: LogEvent, at time: Timestamp) -> [UInt8] {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata {
            if all.isEmpty { all = given } else { all.merge(given) { $1 } }
        }
        if let error = event.error { all["error"] = all["error"] ?? "\(error)" }
        var line = LogLine(capacity: 256)
        if output.isJournal { line.addPriority(event.level) }
        switch output.format {
        case .text:
            // Whoever reads it sees what it is about.
            all[LogArea.key] = nil
            line.addText(event, time, all)
        case .json: line.addJSON(event, time, all, label: label)
        }
        return line.bytes
    }
}

import Logging

/// Writes log lines to standard error, one system call for each, so that lines of several threads do not mix.
struct StandardErrorLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let format: LogFormat

    init(label: String, level: Logger.Level, format: LogFormat) {
        self.label = label
        self.format = format
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        StandardError.write(line(for: event, at: .now()))
    }

    /// The bytes of one line, with its end.
    func line(for event: LogEvent, at time: Timestamp) -> [UInt8] {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        if let error = event.error { all["error"] = all["error"] ?? "\(error)" }
        var line = LogLine(capacity: 128)
        switch format {
        case .text: line.addText(event, time, all)
        case .json: line.addJSON(event, time, all, label: label)
        }
        return line.bytes
    }
}

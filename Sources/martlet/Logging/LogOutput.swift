import Logging
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What all loggers of the program share: levels that can change, the form of lines, and a bound on how often
/// the same is said.
final class LogOutput: Sendable {
    let format: LogFormat
    /// Whether standard error is the journal's, which takes a priority before each line.
    let isJournal: Bool

    private let levelOfArea: Mutex<[LogArea: Logger.Level]>
    private let repeats: Mutex<LogRepeats>

    /// What is to be written.
    enum Line: Sendable, Equatable {
        case event
        /// So many lines of this message were left out.
        case repeated(String, Int)
    }

    /// - Parameter burst: lines of one message within ten seconds; more are counted only. 0: any number.
    init(level: Logger.Level, format: LogFormat, burst: Int = 0, isJournal: Bool = false) {
        self.format = format
        self.isJournal = isJournal
        levelOfArea = Mutex(Dictionary(uniqueKeysWithValues: LogArea.allCases.map { ($0, level) }))
        repeats = Mutex(LogRepeats(burst: burst))
    }

    func level(of area: LogArea) -> Logger.Level { levelOfArea.withLock { $0[area] ?? .info } }

    func set(_ level: Logger.Level, of area: LogArea) { levelOfArea.withLock { $0[area] = level } }

    func set(all level: Logger.Level) {
        for area in LogArea.allCases { set(level, of: area) }
    }

    func set(burst: Int) { repeats.withLock { $0.burst = burst } }

    func admit(_ level: Logger.Level, _ area: LogArea, _ message: String, at time: Timestamp) -> [Line] {
        repeats.withLock { $0.admit(message, at: time) }
    }

    /// Whether standard error is a stream of the journal, as systemd tells in JOURNAL_STREAM.
    static func isJournal(_ environment: [String: String]) -> Bool {
        guard let stream = environment["JOURNAL_STREAM"] else { return false }
        let parts = stream.split(separator: ":").map { UInt64($0) }
        var status = stat()
        guard parts.count == 2, unsafe fstat(STDERR_FILENO, &status) == 0 else { return false }
        return parts[0] == UInt64(status.st_dev) && parts[1] == UInt64(status.st_ino)
    }
}

import Logging
import MQTTManagement

/// Levels of the log, by area; `all` stands for all of them.
extension LogOutput: LogControl {
    func levels() -> [LogLevelValue] {
        LogArea.allCases.map { LogLevelValue(area: $0.rawValue, level: level(of: $0).rawValue) }
    }

    func set(_ level: String, of area: String) -> Bool {
        guard let level = Logger.Level(rawValue: level) else { return false }
        if area == "all" {
            set(all: level)
        } else if let area = LogArea(rawValue: area) {
            set(level, of: area)
        } else {
            return false
        }
        return true
    }
}

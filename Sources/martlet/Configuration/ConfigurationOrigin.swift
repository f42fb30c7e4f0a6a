/// Where a value was written.
enum ConfigurationOrigin: Sendable, Equatable, CustomStringConvertible {
    case file(String, line: Int, column: Int)
    case environment(String)
    case flag(String)

    var description: String {
        switch self {
        case .file(let name, let line, let column): "\(name):\(line):\(column)"
        case .environment(let variable): "environment variable \(variable)"
        case .flag(let flag): flag
        }
    }
}

/// The program.
struct VersionValue: AdminValue {
    var version: String
    var swift: String
    var system: String

    static let example = Self(version: "0.1.0", swift: "6.2", system: "Linux")
}

/// Where the broker listens.
public struct ListenerValue: AdminValue, Equatable {
    public var url: String
    public var secure: Bool

    public init(url: String, secure: Bool) {
        self.url = url
        self.secure = secure
    }

    static let example = Self(url: "mqtt://127.0.0.1:1883", secure: false)
}

struct ListenerList: AdminValue {
    var items: [ListenerValue]
    static let example = Self(items: [.example])
}

/// A certificate that a listener shows.
public struct CertificateValue: AdminValue, Equatable {
    public var file: String
    public var subject: String
    public var issuer: String
    public var names: [String]
    /// Seconds since 1970.
    public var notBefore: Int64
    public var notAfter: Int64
    public var daysLeft: Int

    public init(
        file: String, subject: String, issuer: String, names: [String], notBefore: Int64, notAfter: Int64,
        daysLeft: Int
    ) {
        self.file = file
        self.subject = subject
        self.issuer = issuer
        self.names = names
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.daysLeft = daysLeft
    }

    static let example = Self(
        file: "/etc/martlet/server.pem", subject: "CN=broker", issuer: "CN=martlet",
        names: ["broker.example"],
        notBefore: 1_700_000_000, notAfter: 1_800_000_000, daysLeft: 90)
}

struct CertificateList: AdminValue {
    var items: [CertificateValue]
    static let example = Self(items: [.example])
}

/// A setting as the broker runs with it.
public struct SettingEntry: AdminValue, Equatable {
    public var path: String
    public var value: String
    public var isDefault: Bool

    public init(path: String, value: String, isDefault: Bool) {
        self.path = path
        self.value = value
        self.isDefault = isDefault
    }

    static let example = Self(path: "limits.packet_size", value: "1MiB", isDefault: true)
}

struct SettingList: AdminValue {
    var items: [SettingEntry]
    static let example = Self(items: [.example])
}

/// What the sources of the configuration say otherwise than what the broker runs with.
public struct ConfigurationChange: AdminValue, Equatable {
    public var path: String
    public var running: String
    public var wanted: String
    /// Whether it takes a restart.
    public var needsRestart: Bool

    public init(path: String, running: String, wanted: String, needsRestart: Bool) {
        self.path = path
        self.running = running
        self.wanted = wanted
        self.needsRestart = needsRestart
    }

    static let example = Self(path: "log.level", running: "info", wanted: "debug", needsRestart: false)
}

/// The outcome of reading the configuration again.
public struct ConfigurationDifference: AdminValue, Equatable {
    public var changes: [ConfigurationChange]
    /// What is wrong; with anything in it, nothing changes.
    public var problems: [String]

    public init(changes: [ConfigurationChange], problems: [String]) {
        self.changes = changes
        self.problems = problems
    }

    static let example = Self(changes: [.example], problems: ["martlet.yaml:3:1: limts: no such setting"])
}

/// Why the configuration stays as it is.
struct ConfigurationRefusal: AdminValue {
    var error: String
    var changes: [ConfigurationChange]
    var problems: [String]

    init(_ difference: ConfigurationDifference) {
        changes = difference.changes
        problems = difference.problems
        error = "nothing changes: \(problems.joined(separator: "; "))"
    }

    static let example = Self(.example)
}

extension ConfigurationDifference {
    /// What came of it, for the audit log.
    var summary: String {
        if !problems.isEmpty { return "nothing changes: \(problems.joined(separator: "; "))" }
        return changes.isEmpty ? "nothing is otherwise" : changes.map(\.path).joined(separator: ", ")
    }
}

/// The least important events that an area of the log has.
public struct LogLevelValue: AdminValue, Equatable {
    public var area: String
    public var level: String

    public init(area: String, level: String) {
        self.area = area
        self.level = level
    }

    static let example = Self(area: "clients", level: "info")
}

struct LogLevelList: AdminValue {
    var items: [LogLevelValue]
    static let example = Self(items: [.example])
}

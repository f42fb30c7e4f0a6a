import Logging
import Testing

@testable import martlet

/// What is wrong in a file, as it is told.
@Suite struct ConfigurationErrorTests {
    private static func problems(_ text: String) -> [String] {
        LoadedConfiguration(file: ("f", text), environment: [:], flags: FlagConfiguration()).problems
            .map(\.description)
    }

    @Test(
        "A file of Mosquitto's is known as such; what only looks a little like it is not",
        arguments: [
            ("# Mine\n\nlistener 1883 127.0.0.1\nallow_anonymous true\n", true),
            ("pid_file /run/mosquitto/mosquitto.pid\nuser root", true), ("log.level: debug", false),
            ("user: anna", false), ("hello world", false), ("listener", false), ("", false),
            ("listener 1883\nlisteners:\n", false), ("listeners:\n  - mqtt://127.0.0.1:1", false),
        ])
    func mosquitto(text: String, isIt: Bool) {
        #expect((Self.problems(text) == ["f: \(MosquittoFormat.explanation)"]) == isIt)
    }

    @Test(
        "A tab is called a tab", arguments: ["limits:\n\tin_flight: 1", "limits:\n  \tin_flight: 1\n\tx: 1"])
    func tabs(text: String) {
        #expect(Self.problems(text).first?.contains("begins with a tab") == true, "\(Self.problems(text))")
    }

    @Test("A tab within a value is none of an indent")
    func tabInValue() {
        #expect(Self.problems("data_directory: \"a\tb\"").isEmpty)
    }

    @Test(
        "Every kind of error names line, column, setting and what was meant",
        arguments: [
            (
                "limits:\n  packet_sise: 1MiB",
                "f:2:3: limits.packet_sise: there is no such setting; did you mean limits.packet_size?"
            ),
            ("limit:\n  in_flight: 1", "f:1:1: limit: there is no such setting; did you mean limits?"),
            (
                "packet_size: 1MiB",
                "f:1:1: packet_size: there is no such setting; did you mean limits.packet_size?"
            ),
            (
                "packetSize: 1",
                "f:1:1: packetSize: there is no such setting; did you mean limits.packet_size?"
            ),
            ("zzzzzzzz: 1", "f:1:1: zzzzzzzz: there is no such setting"),
            (
                "listeners:\n- url: mqtt://127.0.0.1:1\n  maximum_connection: 1",
                "f:3:3: listeners[0].maximum_connection: there is no such setting; did you mean maximum_connections?"
            ),
            (
                "limits:\n  keep_alive: 70000",
                "f:2:15: limits.keep_alive: 70000 is too large: at most 65535s (or unlimited)"
            ),
            ("limits:\n  packet_size: 3", "f:2:16: limits.packet_size: 3 is too small: at least 64B"),
            (
                "limits:\n  packet_size: 16M",
                "f:2:16: limits.packet_size: the unit of \"16M\" is none of B, kB, KiB, MB, MiB, GB, GiB, TB, TiB; "
                    + "did you mean MiB?"
            ),
            (
                "limits:\n  slow_reader_time: soon",
                "f:2:21: limits.slow_reader_time: \"soon\" is not understood; write it like 30s, 500ms, 5m, 12h or 7d"
            ),
            (
                "limits:\n  keep_alive: 1500ms",
                "f:2:15: limits.keep_alive: \"1500ms\" is not a whole number of seconds (or unlimited)"
            ),
            (
                "limits:\n  packet_size: 99999999999TiB",
                "f:2:16: limits.packet_size: \"99999999999TiB\" is too large"
            ),
            (
                "limits:\n  in_flight:",
                "f:2:13: limits.in_flight: has no value; leave the line out for the default"
            ),
            (
                "limits:\n  in_flight: many",
                "f:2:14: limits.in_flight: \"many\" is not a whole number that can be counted with"
            ),
            (
                "limits:\n  in_flight: [1]",
                "f:2:14: limits.in_flight: expected a number, 1 to 65535, not a list"
            ),
            (
                "limits: 7",
                "f:1:9: limits: expected the settings of limits, as lines of \"name: value\", not \"7\""
            ),
            ("- a", "f:1:1: expected settings, as lines of \"name: value\", not a list"),
            (
                "offer:\n  retain_available: yes",
                "f:2:21: offer.retain_available: \"yes\" is neither true nor false; did you mean true?"
            ),
            (
                "log:\n  level: wanring",
                "f:2:10: log.level: \"wanring\" is none of trace, debug, info, notice, warning, error, critical; did you mean \"warning\"?"
            ),
            (
                "listeners: mqtt://[::1]:1",
                "f:1:12: listeners: expected a list, as lines of \"- url: URL\", not \"mqtt://[::1]:1\""
            ),
            ("listeners:\n- [a]", "f:2:3: listeners[0]: expected a URL or \"url: URL\", not a list"),
            ("listeners:\n- mode: 0660", "f:2:3: listeners[0]: a listener needs a url"),
            (
                "listeners:\n- url: unix:///a\n  mode: 0999",
                "f:3:9: listeners[0].mode: \"0999\" is not a file mode in octal, such as \"0660\" (or umask)"
            ),
            (
                "listeners:\n- url: ws://[::1]:1\n  mode: 0660",
                "f:2:3: listeners[0]: mode is for Unix sockets, and ws://[::1]:1/mqtt is none"
            ),
            (
                "listeners:\n- mqtts://127.0.0.1:1",
                "f:2:3: listeners[0]: mqtts://127.0.0.1:1 needs tls.certificate and tls.private_key (or --certificate and --private-key); martlet setup makes both"
            ),
            (
                "listeners:\n- url: wss://127.0.0.1:1",
                "f:2:3: listeners[0]: wss://127.0.0.1:1/mqtt needs tls.certificate and tls.private_key (or --certificate and --private-key); martlet setup makes both"
            ),
            ("data_directory: \"\"", "f:1:17: data_directory: a path must not be empty"),
            (
                "offer:\n  redirection:\n    permanent: true",
                "f:3:16: offer.redirection.permanent: says how to redirect, but offer.redirection.server_reference "
                    + "does not say where"
            ),
            (
                "transport:\n  write_buffer_low: 1GiB",
                "f:2:21: transport.write_buffer_low: is above transport.write_buffer_high"
            ),
            ("a: b\n c: [", "f:2:3: this is not YAML: mapping values are not allowed in this context"),
            (
                "log:\n  level: info\n  level: info",
                "f:2:3: level stands here and once more further down; a setting is given once"
            ),
            (
                "system_topics:\n  version: \"\(String(repeating: "a", count: 257))\"",
                "f:2:12: system_topics.version: 257 bytes are too long: at most 256"
            ),
        ])
    func oneError(text: String, message: String) {
        #expect(Self.problems(text) == [message])
    }

    @Test("All errors are reported together, from top to bottom")
    func allTogether() {
        let text = """
            listeners:
              - mqtt://0.0.0.0:1883
            limits:
              packet_size: 1
              in_flite: 1
            shards: 65
            """
        let lines = Self.problems(text).map { $0.split(separator: " ")[0] }
        #expect(lines == ["f:2:5:", "f:4:16:", "f:5:3:", "f:6:9:"])
    }

    @Test("What is wrong in the file is told even where a flag overrides it")
    func overridden() {
        let loaded = LoadedConfiguration(
            file: ("f", "log:\n  level: loud"), environment: ["MARTLET_LOG_LEVEL": "louder"],
            flags: FlagConfiguration(logLevel: "debug"))
        #expect(loaded.problems.map(\.place) == [2, .max])
        #expect(loaded.configuration.logLevel == .debug)
    }

    @Test(
        "A file without anything to set is right",
        arguments: ["", "# nothing\n", "limits:\nlisteners:\n", "---\n"])
    func empty(text: String) {
        let loaded = LoadedConfiguration(file: ("f", text), environment: [:], flags: FlagConfiguration())
        #expect(loaded.problems.isEmpty)
        #expect(loaded.configuration == ServerConfiguration())
    }

    @Test("A file that cannot be read says why")
    func unreadable() {
        #expect(throws: ConfigurationProblem(path: "/", message: "cannot be read: Is a directory")) {
            try ConfigurationFile.read("/")
        }
    }
}

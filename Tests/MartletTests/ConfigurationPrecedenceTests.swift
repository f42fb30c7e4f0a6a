import Logging
import MQTTBroker
import MQTTEngine
import Testing

@testable import martlet

@Suite struct ConfigurationPrecedenceTests {
    private static let file = """
        log:
          level: debug
          format: json
        data_directory: /file
        limits:
          packet_size: 1MiB
        listeners:
          - url: unix:///file
            mode: "0660"
            maximum_connections: 7
        """

    @Test("The file stands above the defaults")
    func fileAboveDefaults() {
        let loaded = LoadedConfiguration(
            file: ("f", Self.file), environment: [:], flags: FlagConfiguration())
        #expect(loaded.problems.isEmpty)
        #expect(loaded.configuration.logLevel == .debug)
        #expect(loaded.configuration.broker.engine.limits.packetSize == 1 << 20)
        #expect(loaded.configuration.broker.engine.limits.inFlight == Limits().inFlight)
        let listener = loaded.configuration.listeners.first
        #expect(listener?.name == "unix:///file")
        #expect(listener?.mode == 0o660)
        #expect(listener?.maximumConnections == 7)
    }

    @Test("The environment stands above the file, and the flags above both")
    func flagsAboveEnvironmentAboveFile() {
        let environment = [
            "MARTLET_LOG_LEVEL": "error", "MARTLET_DATA_DIRECTORY": "/environment",
            "MARTLET_LISTENERS": "mqtt://127.0.0.1:1, unix:///environment", "MARTLET_LIMITS_PACKET_SIZE": "",
            "LIMITS_PACKET_SIZE": "3",
        ]
        let withoutFlags = LoadedConfiguration(
            file: ("f", Self.file), environment: environment, flags: FlagConfiguration())
        #expect(withoutFlags.problems.isEmpty)
        #expect(withoutFlags.configuration.logLevel == .error)
        #expect(withoutFlags.configuration.dataDirectory == "/environment")
        #expect(withoutFlags.configuration.broker.engine.limits.packetSize == 1 << 20)
        #expect(
            withoutFlags.configuration.listeners.map(\.name) == ["mqtt://127.0.0.1:1", "unix:///environment"])

        let flags = FlagConfiguration(
            listen: ["ws://[::1]:0/mqtt"], allowAnonymous: true, data: "/flag", shards: "1",
            logLevel: "trace",
            logFormat: "text")
        let all = LoadedConfiguration(file: ("f", Self.file), environment: environment, flags: flags)
            .configuration
        #expect(all.logLevel == .trace)
        #expect(all.logFormat == .text)
        #expect(all.dataDirectory == "/flag")
        #expect(all.allowAnonymous)
        #expect(all.listeners.map(\.name) == ["ws://[::1]:0/mqtt"])
    }

    @Test("Every setting can be set by its environment variable, and says where it is wrong")
    func environment() {
        for setting in Settings.all where setting.kind != .path {
            guard !{ if case .text = setting.kind { true } else { false } }() else { continue }
            let loaded = LoadedConfiguration(
                file: nil, environment: [setting.environmentVariable: "?"], flags: FlagConfiguration())
            #expect(
                loaded.problems.map(\.origin) == [.environment(setting.environmentVariable)],
                "\(setting.path)")
        }
    }

    @Test("A variable that is no setting is a warning: platforms set such ones by themselves")
    func unknownVariable() {
        let loaded = LoadedConfiguration(
            file: nil, environment: ["MARTLET_PORT": "tcp://10.0.0.1:1883", "MARTLET_LOG_LEVL": "debug"],
            flags: FlagConfiguration())
        #expect(loaded.problems.isEmpty)
        #expect(
            loaded.warnings.map(\.description) == [
                "environment variable MARTLET_LOG_LEVL: ignored, there is no such setting; "
                    + "did you mean MARTLET_LOG_LEVEL?",
                "environment variable MARTLET_PORT: ignored, there is no such setting",
            ])
    }

    @Test("Errors that all lie in the flags are errors of usage")
    func exitStatus() {
        let flags = FlagConfiguration(shards: "many")
        let usage = LoadedConfiguration(file: nil, environment: [:], flags: flags).problems
        #expect(
            usage.map(\.description) == ["--shards: \"many\" is not a whole number that can be counted with"])
        #expect(Report.status(of: usage) == .usage)
        let both = LoadedConfiguration(file: ("f", "a: 1"), environment: [:], flags: flags).problems
        #expect(both.count == 2)
        #expect(Report.status(of: both) == .configuration)
    }
}

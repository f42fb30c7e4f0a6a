import Foundation
import MQTTBroker
import MQTTEngine
import Testing

@testable import martlet

/// docs/ says what the code does.
@Suite struct ReferenceTests {
    private static func file(_ name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "docs/\(name)"), encoding: .utf8)
    }

    @Test("docs/configuration.md is in step with the settings")
    func markdown() throws {
        let isInStep = try Self.file("configuration.md") == ConfigurationMarkdown.text
        #expect(isInStep, "renew it with: martlet configuration-reference > docs/configuration.md")
    }

    @Test("docs/martlet.example.yaml is in step with the settings")
    func example() throws {
        let isInStep = try Self.file("martlet.example.yaml") == ConfigurationExample.text
        #expect(
            isInStep, "renew it with: martlet configuration-reference --example > docs/martlet.example.yaml")
    }

    @Test("The example is right as it stands, and sets nothing")
    func exampleIsRight() {
        let loaded = LoadedConfiguration(
            file: ("f", ConfigurationExample.text), environment: [:], flags: FlagConfiguration())
        #expect(loaded.problems.map(\.description) == [])
        #expect(loaded.configuration == ServerConfiguration())
    }

    @Test("With every comment taken away the example says what the defaults say")
    func exampleSaysTheDefaults() {
        let lines = ConfigurationExample.text.split(separator: "\n").map { line -> String in
            let text = line.drop { $0 == " " }
            guard text.hasPrefix("#"), !text.hasPrefix("# ") else { return String(line) }
            return String(line.prefix { $0 == " " } + text.dropFirst())
        }
        let loaded = LoadedConfiguration(
            file: ("f", lines.joined(separator: "\n")), environment: [:], flags: FlagConfiguration())
        #expect(loaded.problems.map(\.description) == [])
        var configuration = loaded.configuration
        #expect(configuration.listeners.map(\.url) == DefaultListeners.urls)
        #expect(configuration.dataDirectory == "/var/lib/martlet")
        configuration.listeners = []
        configuration.dataDirectory = nil
        configuration.broker.engine.version = ServerConfiguration().broker.engine.version
        #expect(configuration == ServerConfiguration())
    }

    @Test("Every setting stands in both")
    func complete() {
        for setting in Settings.all {
            #expect(ConfigurationMarkdown.text.contains("| `\(setting.path)` |"))
            #expect(ConfigurationExample.text.contains("#\(setting.key): "))
        }
        for setting in Settings.listener {
            #expect(ConfigurationMarkdown.text.contains("| `\(setting.path)` |"))
        }
    }
}

import MQTTBroker
import Testing

@testable import martlet

@Suite struct ListenerRuleTests {
    private static func problems(_ url: String, anonymous: Bool = false) -> [String] {
        LoadedConfiguration(
            file: nil, environment: [:], flags: FlagConfiguration(listen: [url], allowAnonymous: anonymous)
        ).problems.map(\.description)
    }

    @Test(
        "Listeners that only this machine can reach need no authentication",
        arguments: [
            "mqtt://127.0.0.1:1883", "mqtt://127.9.9.9:0", "mqtt://[::1]:1883", "mqtt://localhost:1",
            "ws://LOCALHOST:8083/mqtt", "ws://[::1]:8083/mqtt", "unix:///run/martlet.sock",
        ])
    func local(url: String) {
        #expect(Self.problems(url) == [])
    }

    @Test(
        "Listeners that others can reach are refused without authentication, with what to do about it",
        arguments: [
            "mqtt://0.0.0.0:1883", "mqtt://[::]:1883", "mqtt://192.168.1.1:1883", "ws://0.0.0.0:8083/mqtt",
            "mqtt://broker.example:1883", "mqtt://127.example:1883", "mqtt://[2001:db8::1]:1883",
        ])
    func open(url: String) throws {
        let problems = Self.problems(url)
        #expect(problems.count == 1)
        let problem = try #require(problems.first)
        #expect(problem.hasPrefix("--listen: refusing to listen on \(url)"))
        #expect(problem.contains("--allow-anonymous"))
        #expect(problem.contains("allow_anonymous: true"))
        #expect(problem.contains("mqtt://127.0.0.1:1883"))
        #expect(Self.problems(url, anonymous: true) == [], "allowed when said so")
    }

    @Test(
        "TLS is named as what is missing", arguments: ["mqtts://127.0.0.1:8883", "wss://127.0.0.1:8084/mqtt"])
    func tls(url: String) throws {
        let problem = try #require(Self.problems(url, anonymous: true).first)
        #expect(problem.contains("not yet available in this version"))
    }

    @Test(
        "What is no listener is refused",
        arguments: ["", "1883", "localhost:1883", "http://127.0.0.1:1", "mqtt:127.0.0.1"])
    func noURL(url: String) {
        #expect(Self.problems(url).count == 1)
    }

    @Test("Without any listener configured it is this machine only, and that is told with the way out")
    func defaults() {
        let urls = ServerConfiguration().brokerConfiguration.listeners.map(\.url)
        #expect(urls.map(\.description) == ["mqtt://localhost:1883", "ws://localhost:8083/mqtt"])
        for url in urls { #expect(url.isLoopback) }
        #expect(DefaultListeners.explanation.contains("--allow-anonymous"))
    }
}

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
        "TLS needs a certificate, even where everybody may come in",
        arguments: ["mqtts://127.0.0.1:8883", "wss://127.0.0.1:8084/mqtt"])
    func tls(url: String) throws {
        let problem = try #require(Self.problems(url, anonymous: true).first)
        #expect(problem.contains("needs tls.certificate and tls.private_key"))
    }

    @Test(
        "Who may come from other machines is decided by passwords or by required certificates",
        arguments: [
            ("mqtt://0.0.0.0:1", "authentication: { password_file: u }", true),
            ("mqtts://0.0.0.0:1", "authentication: { password_file: u }", true),
            ("mqtts://0.0.0.0:1", "authorization: { acl_file: u }", false),
            ("mqtts://0.0.0.0:1", "allow_anonymous: false", false),
        ])
    func decided(url: String, setting: String, isAllowed: Bool) {
        let text = "\(setting)\ntls: { certificate: c, private_key: k }\nlisteners: ['\(url)']\n"
        let loaded = LoadedConfiguration(file: ("f", text), environment: [:], flags: FlagConfiguration())
        #expect(loaded.problems.isEmpty == isAllowed)
        #expect(loaded.warnings.isEmpty == (url.hasPrefix("mqtts") || !isAllowed))
    }

    @Test(
        "Certificates of clients decide for listeners with TLS, if they are required",
        arguments: [("mqtts", "required", true), ("mqtts", "optional", false), ("mqtt", "required", false)])
    func certificates(scheme: String, mode: String, isAllowed: Bool) {
        let text = """
            tls: { certificate: c, private_key: k, client_ca: a, client_certificates: \(mode) }
            listeners: ['\(scheme)://0.0.0.0:1']
            """
        let loaded = LoadedConfiguration(file: ("f", text), environment: [:], flags: FlagConfiguration())
        #expect(loaded.problems.isEmpty == isAllowed)
    }

    @Test("Certificates of clients need an authority")
    func authority() {
        let text = "tls: { certificate: c, private_key: k, client_certificates: optional }\n"
        let loaded = LoadedConfiguration(file: ("f", text), environment: [:], flags: FlagConfiguration())
        #expect(loaded.problems.map(\.path) == ["tls.client_certificates"])
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

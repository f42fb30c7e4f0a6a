import MQTTBroker
import Testing

@Suite struct ListenerURLTests {
    @Test(arguments: [
        ("mqtt://127.0.0.1:1884", ListenerURL.mqtt(host: "127.0.0.1", port: 1884), "mqtt://127.0.0.1:1884"),
        ("mqtt://localhost", .mqtt(host: "localhost", port: 1883), "mqtt://localhost:1883"),
        ("MQTT://h/", .mqtt(host: "h", port: 1883), "mqtt://h:1883"),
        ("mqtt://0.0.0.0:0", .mqtt(host: "0.0.0.0", port: 0), "mqtt://0.0.0.0:0"),
        ("mqtt://[::]:1883", .mqtt(host: "::", port: 1883), "mqtt://[::]:1883"),
        ("mqtt://[::1]", .mqtt(host: "::1", port: 1883), "mqtt://[::1]:1883"),
        (
            "ws://broker.example", .webSocket(host: "broker.example", port: 8083, path: "/mqtt"),
            "ws://broker.example:8083/mqtt"
        ),
        ("mqtts://h", .mqtts(host: "h", port: 8883), "mqtts://h:8883"),
        ("MQTTS://[::1]:1", .mqtts(host: "::1", port: 1), "mqtts://[::1]:1"),
        ("wss://h", .secureWebSocket(host: "h", port: 8884, path: "/mqtt"), "wss://h:8884/mqtt"),
        ("wss://h:1/a", .secureWebSocket(host: "h", port: 1, path: "/a"), "wss://h:1/a"),
        ("ws://[::1]:9/", .webSocket(host: "::1", port: 9, path: "/"), "ws://[::1]:9/"),
        ("ws://h:80/a/b-c", .webSocket(host: "h", port: 80, path: "/a/b-c"), "ws://h:80/a/b-c"),
        ("unix:///run/martlet.sock", .unix(path: "/run/martlet.sock"), "unix:///run/martlet.sock"),
    ])
    func reads(_ text: String, _ url: ListenerURL, _ whole: String) throws {
        #expect(try ListenerURL(text) == url)
        #expect(url.description == whole)
        #expect(try ListenerURL(whole) == url, "the description can be read again")
    }

    @Test(arguments: [
        ("127.0.0.1:1883", ListenerURLError.missingScheme("127.0.0.1:1883")),
        ("", .missingScheme("")),
        ("http://h", .unknownScheme("http")),
        ("tcp://h", .unknownScheme("tcp")),
        ("mqtts://h/a", .unexpectedPath("/a")),
        ("wss://h:x", .invalidPort("x")),
        ("mqtt://", .missingHost("mqtt://")),
        ("mqtt://:1883", .missingHost("mqtt://:1883")),
        ("mqtt://*:1883", .invalidHost("*")),
        ("mqtt://a b", .invalidHost("a b")),
        ("mqtt://::1:1883", .invalidIPv6Address("::1:1883")),
        ("mqtt://[::1", .invalidIPv6Address("[::1")),
        ("mqtt://[1.2.3.4]", .invalidIPv6Address("[1.2.3.4]")),
        ("mqtt://[::g]", .invalidIPv6Address("[::g]")),
        ("mqtt://h:", .invalidPort("")),
        ("mqtt://h:65536", .invalidPort("65536")),
        ("mqtt://h:-1", .invalidPort("-1")),
        ("mqtt://h:+1", .invalidPort("+1")),
        ("mqtt://[::1]1883", .invalidPort("1883")),
        ("mqtt://h:1/mqtt", .unexpectedPath("/mqtt")),
        ("mqtt://user@h", .unexpectedPart("@h")),
        ("ws://h/a?b", .unexpectedPart("?b")),
        ("ws://h/a b", .invalidPath("/a b")),
        ("ws://h/ä", .invalidPath("/ä")),
        ("unix://run/x", .unixPathNotAbsolute("run/x")),
        ("unix:///", .unixPathNotAbsolute("/")),
        (
            "unix:///" + String(repeating: "x", count: 103),
            .unixPathTooLong("/" + String(repeating: "x", count: 103))
        ),
    ])
    func refuses(_ text: String, _ error: ListenerURLError) {
        #expect(throws: error) { try ListenerURL(text) }
        #expect(!error.description.isEmpty)
    }

    @Test func errorsSayWhatWasMeant() {
        #expect(ListenerURLError.missingScheme("h:1").description.contains("mqtt://h:1"))
        #expect(ListenerURLError.unexpectedPath("/mqtt").description.contains("ws://HOST:PORT/mqtt"))
        #expect(ListenerURLError.missingHost("mqtt://:1").description.contains("127.0.0.1"))
    }

    @Test(arguments: [
        ("mqtt://127.0.0.1", true), ("mqtt://127.9.9.9", true), ("mqtt://[::1]", true),
        ("ws://localhost", true),
        ("ws://LOCALHOST", true), ("unix:///tmp/x", true), ("mqtt://0.0.0.0", false), ("mqtt://[::]", false),
        ("mqtt://128.0.0.1", false), ("mqtt://127.0.0.1.example.org", false),
        ("mqtt://127.example.org", false),
        ("mqtt://localhost.example.org", false),
    ])
    func knowsLoopback(_ text: String, _ isLoopback: Bool) throws {
        #expect(try ListenerURL(text).isLoopback == isLoopback)
    }
}

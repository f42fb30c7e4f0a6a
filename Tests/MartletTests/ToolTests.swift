import ArgumentParser
import MQTTClient
import MQTTCodec
import NIOCore
import Testing

@testable import martlet

@Suite("The command line of pub, sub and rr")
struct ToolTests {
    private func options(_ kind: ToolKind, _ line: String...) throws -> ToolOptions {
        try options(kind, line)
    }

    private func options(_ kind: ToolKind, _ line: [String]) throws -> ToolOptions {
        var options = ToolOptions(kind)
        try options.read(line)
        try options.check()
        return options
    }

    @Test(
        "URLs name server, credentials and topic",
        arguments: [
            ("mqtt://h/a/b", ServerAddress.tcp(host: "h", port: 1883), "a/b"),
            ("mqtt://u:p%40@h:99/a", .tcp(host: "h", port: 99), "a"),
            ("mqtt://[::1]:5/a", .tcp(host: "::1", port: 5), "a"),
            ("ws://h/a", .webSocket(host: "h", port: 8083, path: "/mqtt"), "a"),
        ])
    func url(text: String, address: ServerAddress, topic: String) throws {
        let options = try options(.sub, "-L", text)
        #expect(options.address == address)
        #expect(options.topics == [topic])
    }

    @Test("Values may begin with a dash, and options of other commands are unknown")
    func values() throws {
        #expect(try options(.pub, "-t", "a", "-m", "-n").source == .text(Array("-n".utf8)))
        #expect(throws: ToolError.self) { try options(.pub, "-t", "a", "-m", "x", "-C", "1") }
        #expect(throws: ToolError.self) { try options(.sub, "-t", "a", "-m", "x") }
    }

    @Test("-c keeps the session for ever, -x so long, and neither leaves it alone")
    func session() throws {
        #expect(try options(.sub, "-t", "a").clientConfiguration.sessionExpiryInterval == 0)
        let durable = try options(.sub, "-t", "a", "-c", "-i", "me", "-V", "5").clientConfiguration
        #expect(!durable.cleanStart && durable.sessionExpiryInterval == .max)
        #expect(try options(.sub, "-t", "a", "-x", "7").clientConfiguration.sessionExpiryInterval == 7)
    }

    @Test(
        "What turns TLS on, and which port it takes",
        arguments: [
            (["--tls-use-os-certs"], ServerAddress.tls(host: "localhost", port: 8883)),
            (["-L", "mqtts://h/t"], .tls(host: "h", port: 8883)),
            (["-L", "wss://h:9/t", "--ws-path", "x"], .secureWebSocket(host: "h", port: 9, path: "/x")),
            (["--ws", "--capath", "/x"], .secureWebSocket(host: "localhost", port: 8884, path: "/mqtt")),
            (["-p", "8883"], .tls(host: "localhost", port: 8883)),
            (["--psk", "0aFF", "--psk-identity", "me"], .tls(host: "localhost", port: 8883)),
            (["--insecure"], .tcp(host: "localhost", port: 1883)),
        ])
    func tls(arguments: [String], address: ServerAddress) throws {
        let options = try options(.sub, ["-t", "a"] + arguments)
        #expect(options.address == address)
        let security = options.clientConfiguration.security
        #expect((security.verification == .withoutName) == arguments.contains("--insecure"))
        #expect(security.preSharedKey?.key == (arguments.contains("--psk") ? [0x0A, 0xFF] : nil))
    }

    @Test(
        "Proxies",
        arguments: [
            ("socks5h://h", Proxy.socks5(host: "h", port: 1080)),
            ("socks5h://h:9", .socks5(host: "h", port: 9)),
            ("http://[::1]:3", .http(host: "::1", port: 3)), ("http://h", .http(host: "h", port: 3128)),
        ])
    func proxies(text: String, proxy: Proxy) throws {
        #expect(try options(.sub, "-t", "a", "--proxy", text).clientConfiguration.proxy == proxy)
    }

    @Test(
        "What cannot be done is refused, not left out",
        arguments: [
            ["--tls-engine", "x"], ["--key", "x", "--cert", "y", "--keyform", "engine"],
            ["--proxy", "socks5h://user:word@h"], ["--tls-version", "tlsv1"],
        ])
    func refused(arguments: [String]) {
        #expect(throws: ToolError.self) { try options(.sub, ["-t", "a"] + arguments) }
    }

    @Test("A defaults file has one option a line")
    func defaults() {
        #expect(DefaultsFile.arguments(in: "# x\n-h some host\n-v\n\n") == ["-h", "some host", "-v"])
    }

    @Test(
        "JSON is read as it is written",
        arguments: [
            (#"{"a":[1e3,-0,0.1,null,true],"b":{}}"#, #"{"a":[1000,-0,0.1,null,true],"b":{}}"#),
            (#" "\ud83d\ude00\/\t" "#, "\"😀/\\t\""), ("[]", "[]"), ("12345678901", "12345678901"),
        ])
    func json(text: String, written: String) throws {
        let value = try #require(JSONReader.read(Array(text.utf8)))
        #expect(String(decoding: value.render(isPretty: false), as: UTF8.self) == written)
    }

    @Test(
        "What is no JSON is not taken for it",
        arguments: [
            "", "[1,2", "{\"a\"}", "nul", "1 2", "\"x", #""\ud83d""#, "[1,]", "+1", "{,}",
            String(repeating: "[", count: 5_000),
        ])
    func noJSON(text: String) { #expect(JSONReader.read(Array(text.utf8)) == nil) }

    @Test("A benchmark tells late messages, duplicates and gaps apart")
    func order() {
        var order = BenchOrder()
        let sequences: [UInt32] = [0, 1, 4, 2, 2, 4, 3, 5]
        let news = sequences.map {
            order.received(BenchStamp(publisher: 1, sequence: $0, time: 0), isShared: false)
        }
        #expect(news == [.next, .next, .next, .late, .duplicate, .duplicate, .late, .next])
        #expect(
            order.received(BenchStamp(publisher: 2, sequence: 0, time: 0), isShared: false) == .next,
            "publishers are counted apart")
    }

    @Test("A benchmark's payload carries its stamp")
    func stamp() {
        let stamp = BenchStamp(publisher: 7, sequence: 9, time: 1 << 60)
        #expect(stamp.payload(size: 50).readableBytes == 50)
        #expect(BenchStamp(stamp.payload(size: 16)) == stamp)
    }

    @Test("Scenarios have the numbers of their suite, and options change them")
    func plans() throws {
        let named = try #require(try Bench.parseAsRoot(["fanout-250k", "-d", "2", "-q", "0"]) as? Bench)
            .plan()
        #expect(named.publishers == 5 && named.subscribers == 1_000 && named.rate == 50 && named.size == 16)
        #expect(named.duration == 2 && named.qos == 0 && named.copies == 1_000)
        let pairs = try #require(try Bench.parseAsRoot(["p2p", "-p", "3"]) as? Bench).plan()
        #expect(pairs.publishers == 3 && pairs.subscribers == 3)
        for wrong in [["nothing"], ["p2p", "--size", "3"], ["p2p", "-q", "3"], ["p2p", "-d", "0"]] {
            #expect(throws: (any Error).self) {
                _ = try (Bench.parseAsRoot(wrong) as? Bench)?.plan()
            }
        }
    }

    @Test("doctor tells delayed acknowledgements from long ways")
    func delays() {
        let advice = { CheckUp.advice(median: .milliseconds($0), quickest: .milliseconds($1)) }
        #expect(advice(1, 1) == nil && advice(60, 50) == nil)
        #expect(advice(44, 1)?.contains("TCP_NODELAY") == true)
        #expect(advice(600, 1)?.contains("busy") == true)
    }
}

import ArgumentParser
import MQTTClient
import MQTTCodec
import NIOCore
import Testing

@testable import martlet

@Suite("The command line of pub, sub and rr")
struct ToolTests {
    private func options(_ kind: ToolKind, _ line: String...) throws -> ToolOptions {
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

    @Test("TLS is refused rather than left out", arguments: ["--cafile", "--cert", "--psk"])
    func tls(option: String) {
        #expect(throws: ToolError.self) { try options(.sub, "-t", "a", option, "x") }
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
}

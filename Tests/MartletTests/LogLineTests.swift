import Foundation
import Logging
import Testing

@testable import martlet

@Suite struct LogLineTests {
    private static func line(
        _ format: LogFormat, _ message: Logger.Message, _ metadata: Logger.Metadata? = nil,
        of handler: Logger.Metadata = [:]
    ) -> String {
        var subject = StandardErrorLogHandler(label: "martlet", level: .info, format: format)
        subject.metadata = handler
        let event = LogEvent(
            level: .warning, message: message, metadata: metadata, source: nil, file: "F", function: "f",
            line: 1)
        let bytes = subject.line(for: event, at: Timestamp(milliseconds: 1_769_860_800_007))
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("A line of text: time, level, message, then what goes with it in order")
    func text() {
        #expect(Self.line(.text, "hello there") == "2026-01-31T12:00:00.007Z warning hello there\n")
        #expect(
            Self.line(.text, "m", ["b": "2", "a": "x y", "c": ""], of: ["b": "1", "z": "9"])
                == "2026-01-31T12:00:00.007Z warning m a=\"x y\" b=2 c=\"\" z=9\n")
    }

    @Test("A client cannot forge a line or steer a terminal")
    func injection() {
        let text = Self.line(.text, "id \n2026 info\u{1B}[2J", ["id": "a\nb\"c\\"])
        #expect(
            text
                == "2026-01-31T12:00:00.007Z warning id \\u000a2026 info\\u001b[2J id=\"a\\u000ab\\\"c\\\\\"\n"
        )
        #expect(text.count { $0 == "\n" } == 1)
        #expect(Self.line(.json, "a\nb", ["k\n": "\n"]).count { $0 == "\n" } == 1)
    }

    @Test("A line of JSON is one object that any reader of JSON takes")
    func json() throws {
        let line = Self.line(
            .json, "say \"hi\"\t",
            ["n": .stringConvertible(7), "list": ["a", ["k": "ü"]], "yes": .stringConvertible(true)])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["time"] as? String == "2026-01-31T12:00:00.007Z")
        #expect(object["level"] as? String == "warning")
        #expect(object["logger"] as? String == "martlet")
        #expect(object["message"] as? String == "say \"hi\"\t")
        let metadata = try #require(object["metadata"] as? [String: Any])
        #expect(metadata["n"] as? Int == 7)
        #expect(metadata["yes"] as? Bool == true)
        let list = try #require(metadata["list"] as? [Any])
        #expect(list.first as? String == "a")
        #expect((list.last as? [String: String]) == ["k": "ü"])
        #expect(line.hasSuffix("}\n"))
    }

    @Test(
        "Dates are those of the calendar",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"), (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func dates(milliseconds: Int64, text: String) {
        var bytes: [UInt8] = []
        Timestamp(milliseconds: milliseconds).append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }
}

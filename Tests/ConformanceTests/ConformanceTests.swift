import Foundation
import Testing

/// No statement without proof, no proof without a test, no citation out of thin air.
@Suite struct ConformanceTests {
    private let data: ConformanceData
    private let sources: TestSources

    init() throws {
        data = try ConformanceData.read()
        sources = try TestSources()
    }

    @Test(
        "All statements are listed, once: 243 of the standard's own list, and 8 that stand in its text alone")
    func complete() {
        let ids = data.statements.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(ids.filter { !$0.hasPrefix("MQTT-3.1.1/") }.count == 251)
        for id in ids { #expect(Citation.statements(in: "[\(id)]") == [id]) }
    }

    @Test("Every statement has a proof, or a reason why it has none")
    func proved() {
        for statement in data.statements {
            switch statement.tests {
            case .tests(let names): #expect(!names.isEmpty, "\(statement.id) has no proof")
            case .client:
                #expect(statement.role == .client, "\(statement.id) binds a server")
                #expect(statement.reason?.isEmpty == false, "\(statement.id) has no reason")
            case .notApplicable: #expect(statement.reason?.isEmpty == false, "\(statement.id) has no reason")
            }
        }
    }

    @Test("Every proof is a test that exists")
    func exists() {
        for statement in data.statements {
            guard case .tests(let names) = statement.tests else { continue }
            for name in names {
                #expect(
                    sources.files[name] != nil,
                    "\(statement.id) is proved by a test that is not there: \(name)")
            }
        }
    }

    @Test("Every statement that a test cites is in the data")
    func known() {
        let ids = Set(data.statements.map(\.id))
        for (id, names) in sources.citations {
            #expect(ids.contains(id), "\(id) is cited, but unknown: \(names)")
        }
    }

    @Test("docs/conformance.md is in step with conformance.json")
    func document() throws {
        let text = try String(contentsOf: ConformanceDocument.file, encoding: .utf8)
        let isInStep = text == ConformanceDocument.text(data, sources)
        #expect(isInStep, "renew it with: MARTLET_RENEW=1 swift test --filter ConformanceRenewal")
    }

    @Test(
        "Citations are read in all their forms",
        arguments: [
            ("[MQTT-1.5.4-1] text", ["MQTT-1.5.4-1"]),
            ("[MQTT-3.1.2-11, -12] [MQTT-4.2-1]", ["MQTT-3.1.2-11", "MQTT-3.1.2-12", "MQTT-4.2-1"]),
            ("[MQTT-3.8.3-2, 3.10.3-2, -3]", ["MQTT-3.8.3-2", "MQTT-3.10.3-2", "MQTT-3.10.3-3"]),
            ("[MQTT-3.1.1/3.1.2-24, -25]", ["MQTT-3.1.1/3.1.2-24", "MQTT-3.1.1/3.1.2-25"]),
            ("[MQTT-nonsense]", ["nonsense"]), ("no citation", []),
        ])
    func citations(text: String, expected: [String]) {
        #expect(Citation.statements(in: text) == expected)
    }
}

import Foundation

/// conformance.json: every normative statement, and what proves it.
struct ConformanceData: Codable {
    struct Statement: Codable {
        /// `MQTT-3.3.1-8` of 5.0, `MQTT-3.1.1/3.1.2-24` of 3.1.1.
        var id: String
        /// Whom it binds.
        var role: Role
        /// What it says, in short.
        var statement: String
        var tests: Proof
        /// Why there are no tests, where there are none.
        var reason: String?
    }

    enum Role: String, Codable {
        case server
        case client
        case both
    }

    enum Proof: Equatable {
        /// The display names of tests.
        case tests([String])
        /// It binds only clients, and no server can see whether they keep to it.
        case client
        /// It is about something that Martlet does not have.
        case notApplicable
    }

    var statements: [Statement]

    static let file = Repository.file("conformance.json")

    static func read() throws -> ConformanceData {
        try JSONDecoder().decode(ConformanceData.self, from: Data(contentsOf: file))
    }

    func write() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        var data = try encoder.encode(self)
        data.append(UInt8(ascii: "\n"))
        try data.write(to: Self.file)
    }
}

extension ConformanceData.Proof: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let tests = try? container.decode([String].self) {
            self = .tests(tests)
            return
        }
        switch try container.decode(String.self) {
        case "client": self = .client
        case "notApplicable": self = .notApplicable
        case let other:
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(other) is no proof")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .tests(let names): try container.encode(names)
        case .client: try container.encode("client")
        case .notApplicable: try container.encode("notApplicable")
        }
    }
}

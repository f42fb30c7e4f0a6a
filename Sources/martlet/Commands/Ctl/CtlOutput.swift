import ArgumentParser

/// Prints what the API answers.
struct CtlOutput {
    let isJSON: Bool

    /// A list of all pages up to a limit, as a table or as one JSON array.
    static func list(
        _ options: CtlOptions, _ path: String, _ query: [(String, String?)], limit: Int, _ table: CtlTable
    ) async throws {
        let connection = try CtlConnection(options)
        var rows: [JSONValue] = []
        var after: String?
        repeat {
            let here = CtlConnection.path(
                path, query + [("limit", "\(min(1_000, limit - rows.count))"), ("after", after)])
            let page = try Self.read(try await connection.call(.GET, here))
            rows += page["items"]?.elements ?? []
            after = page["next"]?.text
        } while after != nil && rows.count < limit
        try show(options, .array(rows)) { table.text(of: rows) }
        if after != nil { StandardError.write(line: "There are more: --limit shows them.") }
    }

    /// All entries of a list that has no pages.
    static func list(_ options: CtlOptions, _ path: String, _ table: CtlTable) async throws {
        let answer = try read(try await CtlConnection(options).call(.GET, path))
        let rows = answer["items"]?.elements ?? []
        try show(options, .array(rows)) { table.text(of: rows) }
    }

    static func show(_ options: CtlOptions, _ value: JSONValue, _ text: () -> String) throws {
        if options.json {
            print(String(decoding: value.render(isPretty: false), as: UTF8.self))
        } else {
            print(text(), terminator: "")
        }
    }

    static func read(_ bytes: [UInt8]) throws -> JSONValue {
        guard let value = JSONReader.read(bytes) else {
            StandardError.write(
                line: "error: the answer is no JSON: is this Martlet's administration listener?")
            throw ExitStatus.unavailable.exitCode
        }
        return value
    }

    /// A JSON object of strings, numbers and booleans.
    static func object(_ members: [(String, JSONValue?)]) -> String {
        let given = members.compactMap { name, value in value.map { (name: Array(name.utf8), value: $0) } }
        return String(decoding: JSONValue.object(given).render(isPretty: false), as: UTF8.self)
    }
}

extension JSONValue {
    static func text(_ text: String) -> JSONValue { .string(Array(text.utf8)) }
}

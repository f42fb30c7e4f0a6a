import MQTTCodec

/// One thing that a broker has to do, and the statements of the standard that say so.
public struct Check: Sendable {
    public let group: String
    public let name: String
    /// As in docs/conformance.md.
    public let statements: [String]
    public let version: ProtocolVersion
    let body: @Sendable (Trial) async throws -> Void

    /// The table: all checks, in their order.
    public static let all: [Check] =
        connecting + malformed + publishing + subscribing + retaining + resuming + willing + sharing
        + controllingFlow + forwarding
}

/// Rows of the table.
struct CheckGroup {
    let name: String
    var checks: [Check] = []

    init(_ name: String) { self.name = name }

    /// A row, for each of the versions.
    mutating func check(
        _ name: String, _ statements: [String], _ versions: [ProtocolVersion] = [.v5],
        _ body: @escaping @Sendable (Trial) async throws -> Void
    ) {
        checks += versions.map {
            Check(group: self.name, name: name, statements: statements, version: $0, body: body)
        }
    }
}

extension [ProtocolVersion] {
    static let both: Self = [.v5, .v3_1_1]
    static let older: Self = [.v3_1_1]
}

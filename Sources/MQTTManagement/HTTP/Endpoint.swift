import HTTPTypes
import Hummingbird

/// One operation of the administration API. The table of these makes the routes, the rights and the OpenAPI
/// document, so that none of them can say something else than the others.
struct Endpoint: Sendable {
    struct Parameter: Sendable {
        enum Place: String { case path, query }

        var name: String
        var place = Place.query
        var kind = Schema.string
        var isRequired = false
        var summary: String

        static func query(_ name: String, required: Bool = false, _ summary: String) -> Self {
            query(name, .string, required: required, summary)
        }

        static func query(
            _ name: String, _ kind: Schema, required: Bool = false, _ summary: String
        ) -> Self {
            Self(name: name, kind: kind, isRequired: required, summary: summary)
        }

        static func path(_ name: String, _ summary: String) -> Self {
            Self(name: name, place: .path, isRequired: true, summary: summary)
        }
    }

    var method: HTTPRequest.Method
    /// Below `/api/v1`, with `{name}` for what varies.
    var path: String
    /// A stable name, for programs that are made from the document.
    var name: String
    var tag: String
    var role: AdminRole
    var summary: String
    var parameters: [Parameter] = []
    var body: (any AdminValue.Type)?
    /// nil: it answers 204, without a body.
    var answer: (any AdminValue.Type)?
    /// Other than JSON.
    var mediaType: String?
    /// Whether it shows what clients send to each other.
    var showsMessages = false
    /// What it answers with 422, if that says more than ``ErrorAnswer``.
    var refusal: (any AdminValue.Type)?
    var handle: @Sendable (AdminRequest) async throws -> Response

    /// Whether it is in the audit log: what changes something, and what shows messages.
    var isAudited: Bool { method != .get || showsMessages }
}

import HTTPTypes
import Hummingbird

/// Headers that every answer carries, so that no page of another origin can make use of it, and answers of
/// one form to what there is not.
struct AnswerHeaders: RouterMiddleware {
    typealias Context = AdminContext

    /// The dashboard's own files only; connections to the broker's WebSocket, which has another port.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        + "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    func handle(
        _ request: Request, context: AdminContext,
        next: (Request, AdminContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = AdminGuard.response(to: error)
        }
        response.headers[.contentSecurityPolicy] = Self.policy
        response.headers[.xContentTypeOptions] = "nosniff"
        if let name = HTTPField.Name("Referrer-Policy") { response.headers[name] = "no-referrer" }
        if let name = HTTPField.Name("Cross-Origin-Resource-Policy") {
            response.headers[name] = "same-origin"
        }
        return response
    }
}

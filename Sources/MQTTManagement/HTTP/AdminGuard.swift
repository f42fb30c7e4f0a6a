import HTTPTypes
import Hummingbird
import MQTTBroker

/// Lets a request to an ``Endpoint`` through if its bearer may do that, and writes down who changes something,
/// who sees payloads, and who comes without a token that is known.
struct AdminGuard: Sendable {
    let tokens: AdminTokenFile?
    let audit: (any AuditLog)?

    func respond(
        to request: Request, _ context: AdminContext, _ endpoint: Endpoint
    ) async -> Response {
        var context = context
        let note = AuditNote()
        context.note = note
        var response: Response
        do {
            context.bearer = try bearer(of: request)
            guard let bearer = context.bearer, bearer.role >= endpoint.role else {
                throw AdminError(
                    status: .forbidden, message: "this takes the role \(endpoint.role.rawValue)")
            }
            response = try await endpoint.handle(AdminRequest(request: request, context: context))
        } catch {
            response = Self.response(to: error)
        }
        response.headers[.cacheControl] = response.headers[.cacheControl] ?? "no-store"
        if endpoint.isAudited || response.status == .unauthorized {
            record(endpoint.name, response.status, request, context, note.text)
        }
        return response
    }

    /// The same for what is no endpoint, and takes a token nevertheless.
    ///
    /// - Returns: the answer to who has none.
    func refusal(of request: Request, _ context: AdminContext, _ name: String) -> Response? {
        do {
            _ = try bearer(of: request)
            return nil
        } catch {
            let response = Self.response(to: error)
            record(name, response.status, request, context, "")
            return response
        }
    }

    private func record(
        _ name: String, _ status: HTTPResponse.Status, _ request: Request, _ context: AdminContext,
        _ note: String
    ) {
        var entry = AuditEntry(
            .administration, peer: Peer(address: context.address, listener: "administration"),
            userName: context.bearer.map { MQTTString($0.name) })
        entry.detail = "\(name): \(status.code): \(request.uri)" + (note.isEmpty ? "" : ": \(note)")
        audit?.record(entry)
    }

    /// - Throws: ``AdminError`` if there is no token, or an unknown one.
    func bearer(of request: Request) throws -> AdminToken {
        let words = (request.headers[.authorization] ?? "").split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer" else {
            throw AdminError(
                status: .unauthorized, message: "a token is needed: Authorization: Bearer mt_...")
        }
        guard let bearer = tokens?.bearer(of: String(words[1])) else {
            throw AdminError(status: .unauthorized, message: "the token is not known here")
        }
        return bearer
    }

    static func response(to error: any Error) -> Response {
        let (status, message): (HTTPResponse.Status, String) =
            switch error {
            case let error as AdminError: (error.status, error.message)
            case let error as HTTPError: (error.status, error.body ?? error.status.reasonPhrase)
            default: (.serviceUnavailable, "\(error)")
            }
        var response =
            (try? Response.json(ErrorAnswer(error: message), status: status)) ?? Response(status: status)
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer realm=\"martlet\"" }
        return response
    }
}

/// What every answer that is no success says.
struct ErrorAnswer: AdminValue {
    var error: String

    static let example = Self(error: "there is no client phone-17")
}

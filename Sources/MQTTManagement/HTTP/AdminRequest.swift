import HTTPTypes
import Hummingbird
import HummingbirdCore
import MQTTBroker
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A request to an ``Endpoint``, with its parts read as what they have to be.
struct AdminRequest: Sendable {
    var request: Request
    var context: AdminContext

    /// Says more in the audit log than the path does, for what is audited.
    func note(_ text: String) { context.note?.write(text) }

    func path(_ name: String) throws -> String {
        guard let text = context.parameters.get(name) else {
            throw AdminError.badRequest("\(name) is missing")
        }
        guard let decoded = text.removingPercentEncoding else {
            throw AdminError.badRequest("\(name) is wrongly encoded")
        }
        return decoded
    }

    func text(_ name: String) -> String? { request.uri.queryParameters.get(name) }

    func required(_ name: String) throws -> String {
        guard let text = text(name), !text.isEmpty else { throw AdminError.badRequest("\(name) is missing") }
        return text
    }

    func number(_ name: String, _ range: ClosedRange<Int>, default standard: Int) throws -> Int {
        guard let text = text(name) else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw AdminError.badRequest(
                "\(name) must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func flag(_ name: String) throws -> Bool? {
        switch text(name) {
        case nil: nil
        case "true": true
        case "false": false
        default: throw AdminError.badRequest("\(name) must be true or false")
        }
    }

    /// How long a page is to be.
    var limit: Int { get throws { try number("limit", 1...Broker.longestPage, default: 100) } }

    /// Where a page begins.
    var cursor: InspectionCursor? {
        get throws {
            guard let text = text("after") else { return nil }
            guard let cursor = InspectionCursor(text) else {
                throw AdminError.badRequest("after must be what the page before gave as next")
            }
            return cursor
        }
    }

    func body<Value: AdminValue>(_ type: Value.Type) async throws -> Value {
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: context.maxUploadSize)
        } catch {
            throw AdminError(status: .contentTooLarge, message: "the body is larger than 1 MiB")
        }
        do {
            return try JSONDecoder().decode(type, from: Data(buffer.readableBytesView))
        } catch let error as DecodingError {
            throw AdminError.badRequest("the body is not as it has to be: \(Self.text(of: error))")
        }
    }

    private static func text(of error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        return switch error {
        case .keyNotFound(let key, let context):
            "\((context.codingPath.map(\.stringValue) + [key.stringValue]).joined(separator: ".")) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(place(context)) has the wrong type"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? "it is no JSON" : "\(place(context)) cannot be used"
        @unknown default: "it cannot be read"
        }
    }
}

extension Response {
    /// A value in JSON.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(value)
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: data)))
    }

    static var done: Response { Response(status: .noContent) }

    static func text(_ text: String, _ mediaType: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: mediaType], body: .init(byteBuffer: ByteBuffer(string: text))
        )
    }
}

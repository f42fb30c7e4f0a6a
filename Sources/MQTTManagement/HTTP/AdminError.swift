import HTTPTypes

/// Why a request to the administration API is not carried out.
public struct AdminError: Error, Sendable {
    var status: HTTPResponse.Status
    /// A sentence for a person.
    var message: String

    static func notFound(_ message: String) -> Self { Self(status: .notFound, message: message) }
    static func badRequest(_ message: String) -> Self { Self(status: .badRequest, message: message) }

    /// What was sent cannot be used as it is.
    public static func refused(_ message: String) -> Self {
        Self(status: .unprocessableContent, message: message)
    }
    /// What it is about is not there.
    public static func missing(_ message: String) -> Self { notFound(message) }
    /// This broker is not set up for it.
    public static func unavailable(_ message: String) -> Self {
        Self(status: .notImplemented, message: message)
    }
}

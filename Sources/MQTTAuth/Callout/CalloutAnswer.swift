import MQTTCodec
import MQTTEngine

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the service answers, as JSON:
///
///     { "result": "allow", "username": "anna", "roles": ["operators"], "rules": [], "expires_in": 3600 }
struct CalloutAnswer: Sendable {
    enum Result: Sendable, Equatable {
        case allow
        case deny(reason: String?)
        /// The service does not know the client: the next in the chain is asked.
        case ignore
    }

    var result: Result
    var userName: MQTTString?
    var access: AccessClaims
    /// In seconds.
    var expiresIn: Double?

    /// nil: it is no answer that could be understood.
    init?(_ bytes: [UInt8]) {
        guard let fields = try? JSONDecoder().decode([String: JSONValue].self, from: Data(bytes)),
            let access = try? AccessClaims(fields)
        else { return nil }
        switch fields["result"]?.text {
        case "allow": result = .allow
        case "deny": result = .deny(reason: fields["reason"]?.text)
        case "ignore": result = .ignore
        default: return nil
        }
        if let value = fields["username"], value != .null {
            guard let name = value.text, !name.isEmpty, name.utf8.count <= 65_535, !name.utf8.contains(0)
            else { return nil }
            userName = MQTTString(name)
        }
        if let value = fields["expires_in"], value != .null {
            guard let seconds = value.number, seconds > 0 else { return nil }
            expiresIn = min(seconds, 1e12)
        }
        self.access = access
    }
}

import MQTTCodec
import MQTTEngine

/// `roles` and `rules` of a token or of an answer:
///
///     { "roles": ["operators"], "rules": [{ "allow": ["publish", "receive"], "topics": ["house/#"] }] }
struct AccessClaims: Sendable, Equatable {
    /// More is not an answer but an attack on memory.
    static let maximumCount = 1_024

    /// What is wrong with a claim: then nothing of it counts.
    struct Problem: Error, Equatable {
        var message: String
    }

    var roles: [MQTTString] = []
    var grants: [AccessGrant] = []

    /// - Throws: ``Problem`` for anything that is not understood: a condition that is overlooked would make a
    ///   right of more than was meant.
    init(_ claims: [String: JSONValue]) throws(Problem) {
        if let value = claims["roles"], value != .null {
            guard let roles = value.texts, roles.count <= Self.maximumCount else {
                throw Problem(message: "'roles' is no list of names")
            }
            self.roles = roles.map { MQTTString($0) }
        }
        guard let value = claims["rules"], value != .null else { return }
        guard case .list(let rules) = value else { throw Problem(message: "'rules' is no list") }
        for rule in rules { grants += try Self.grants(rule) }
        guard grants.count <= Self.maximumCount else { throw Problem(message: "there are too many rules") }
    }

    private static func grants(_ rule: JSONValue) throws(Problem) -> [AccessGrant] {
        guard case .object(let fields) = rule, fields.count == 2, let topics = fields["topics"]?.texts,
            let effect = ["allow", "deny"].first(where: { fields[$0] != nil }),
            let words = fields[effect]?.texts
        else { throw Problem(message: "a rule has 'topics', 'allow' or 'deny', and nothing else") }
        var rights: AccessRights = []
        for word in words {
            guard let right = AccessRights(word: word) else {
                throw Problem(message: "a rule allows or denies publish, subscribe, receive or all")
            }
            rights.formUnion(right)
        }
        var grants: [AccessGrant] = []
        for topic in topics {
            guard let filter = try? TopicFilter(MQTTString(topic)), !filter.isShared else {
                throw Problem(message: "a rule's topic is no topic filter")
            }
            grants.append(AccessGrant(isAllowed: effect == "allow", rights, filter))
        }
        return grants
    }
}

extension AccessRights {
    /// As rules have it: `publish`, `subscribe`, `receive`, `all`.
    public init?(word: String) {
        switch word {
        case "publish": self = .publish
        case "subscribe": self = .subscribe
        case "receive": self = .receive
        case "all": self = .all
        default: return nil
        }
    }
}

import MQTTCodec
import MQTTEngine

/// One rule: who may, or may not, do what with the topics that a filter matches.
public struct AccessRule: Sendable, Hashable {
    /// Where a rule is written, for people.
    public struct Place: Sendable, Hashable {
        public var file: String
        /// Counted from 1; 0: in no file.
        public var line: Int
        /// How the rule reads.
        public var text: String

        public init(file: String, line: Int, text: String) {
            self.file = file
            self.line = line
            self.text = text
        }
    }

    /// If not, it counts before all rules that allow.
    public let isAllowed: Bool
    public let rights: AccessRights
    public let subject: AccessSubject
    /// As it is written, with `%u` and `%c`.
    public let filter: MQTTString
    /// Which messages it is about; those with other QoS or RETAIN it does not concern.
    public let conditions: AccessConditions
    public let place: Place
    let levels: [AccessLevel]
    /// Whether `%u` or `%c` in the filter stand for the client's names.
    let hasPlaceholder: Bool

    public var line: Int { place.line }

    /// - Parameter replacesPlaceholders: whether `%u` in the filter is the user's name and `%c` the client
    ///   identifier.
    /// - Throws: ``WireError/invalidTopicFilter`` for what is no topic filter, and for shared ones.
    public init(
        isAllowed: Bool, _ rights: AccessRights, _ subject: AccessSubject, _ filter: MQTTString,
        replacesPlaceholders: Bool = true, conditions: AccessConditions = AccessConditions(), at place: Place
    ) throws(WireError) {
        guard try !TopicFilter(filter).isShared else { throw .invalidTopicFilter }
        self.isAllowed = isAllowed
        self.rights = rights
        self.subject = subject
        self.filter = filter
        self.conditions = conditions
        self.place = place
        levels = AccessLevel.levels(of: filter.bytes[...])
        hasPlaceholder = replacesPlaceholders && AccessPlaceholder.isIn(filter.bytes[...])
    }

    /// A right that a client has shown, as a rule.
    init(_ grant: AccessGrant) {
        isAllowed = grant.isAllowed
        rights = grant.rights
        subject = AccessSubject()
        filter = MQTTString(Array(grant.filter.pattern))
        conditions = AccessConditions()
        place = Place(file: "", line: 0, text: "what the client has shown")
        levels = AccessLevel.levels(of: grant.filter.pattern)
        hasPlaceholder = false
    }

    /// The levels for a client; nil: the rule does not hold for it.
    func levels(for client: AccessClient) -> [AccessLevel]? {
        guard hasPlaceholder else { return levels }
        var resolved: [AccessLevel] = []
        for level in levels {
            guard case .name(let name) = level, AccessPlaceholder.isIn(name) else {
                resolved.append(level)
                continue
            }
            guard
                let bytes = AccessPlaceholder.replaced(
                    in: name, client, isFirstLevel: resolved.isEmpty, isDenying: !isAllowed)
            else { return nil }
            for part in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
                resolved.append(.name(part))
            }
        }
        return resolved
    }
}

extension AccessRule: CustomStringConvertible {
    public var description: String { place.text }
}

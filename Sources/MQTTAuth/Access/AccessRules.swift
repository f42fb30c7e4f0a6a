import MQTTCodec

/// What clients may do: the rules of an ``AccessFile``, sorted by whom they are about.
///
/// A rule that denies counts before all that allow. What no rule allows is denied. Wildcards at the beginning
/// of a rule do not stand for topics that begin with `$` [MQTT-4.7.2-1].
///
/// A subscription is allowed only if one rule allows everything that its filter could ever match, and none
/// denies a part of that.
public struct AccessRules: Sendable {
    private struct Group: Sendable {
        var denying: [AccessRule] = []
        var allowing: [AccessRule] = []

        mutating func add(_ rule: AccessRule) {
            if rule.access == .deny { denying.append(rule) } else { allowing.append(rule) }
        }
    }

    private var users: [MQTTString: Group] = [:]
    private var anonymous = Group()
    private var everybody = Group()
    public let count: Int

    public init(_ rules: [AccessRule] = []) {
        count = rules.count
        for rule in rules {
            switch rule.subject {
            case .anonymous: anonymous.add(rule)
            case .user(let name): users[name, default: Group()].add(rule)
            case .everybody: everybody.add(rule)
            }
        }
    }

    public func publishing(_ topic: MQTTString, by client: AccessClient) -> AccessVerdict {
        // A topic name has no wildcards, so it is covered as soon as it is matched.
        let levels = AccessLevel.levels(of: topic.bytes[...])
        guard levels.allSatisfy({ $0 != .anyName && $0 != .anyRest }) else { return .notAllowed }
        return verdict(levels, client, \.allowsWriting)
    }

    public func subscribing(_ filter: TopicFilter, by client: AccessClient) -> AccessVerdict {
        verdict(AccessLevel.levels(of: filter.pattern), client, \.allowsReading)
    }

    private func verdict(
        _ levels: [AccessLevel], _ client: AccessClient, _ allows: KeyPath<AccessRule, Bool>
    ) -> AccessVerdict {
        let own = client.userName.map { users[$0] ?? Group() } ?? anonymous
        for rule in [own.denying, everybody.denying].joined() {
            if let mine = rule.levels(for: client), AccessLevel.overlap(mine, levels) { return .denied(rule) }
        }
        for rule in [own.allowing, everybody.allowing].joined() where rule[keyPath: allows] {
            if let mine = rule.levels(for: client), AccessLevel.covers(mine, levels) { return .allowed(rule) }
        }
        return .notAllowed
    }
}

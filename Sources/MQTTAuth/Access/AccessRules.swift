import MQTTCodec
import MQTTEngine

/// What clients may do: the rules of an ``AccessFile`` and those of the configuration together.
///
/// A rule that denies counts before all that allow. What no rule allows is denied. Wildcards at the beginning
/// of a rule do not stand for topics that begin with `$` [MQTT-4.7.2-1].
public struct AccessRules: Sendable {
    private let table: AccessRuleSet
    public let policy: SubscriptionPolicy

    public var count: Int { table.rules.count }

    /// - Parameters:
    ///   - members: the users that have a role, by role.
    ///   - policy: about subscriptions that match more than is allowed.
    public init(
        _ rules: [AccessRule] = [], members: [MQTTString: [MQTTString]] = [:],
        policy: SubscriptionPolicy = .refuse
    ) {
        table = AccessRuleSet(rules, members: members)
        self.policy = policy
    }

    public func publishing(
        _ topic: MQTTString, qos: QoS = .atMostOnce, retain: Bool = false, by client: AccessClient
    ) -> AccessVerdict {
        exactly(.publish, topic, qos, retain, client)
    }

    /// Whether a client may get a message: it must have the right to receive it, and to subscribe to its topic.
    public func receiving(_ topic: MQTTString, by client: AccessClient) -> AccessVerdict {
        exactly(.receive, topic, nil, nil, client).and(exactly(.subscribe, topic, nil, nil, client))
    }

    /// Whether a client may subscribe. With ``SubscriptionPolicy/refuse``, and for shared subscriptions: if for
    /// each of the rights to subscribe and to receive one rule allows everything that the filter could ever
    /// match, and none denies a part of that. With ``SubscriptionPolicy/filter``: if a rule allows a part of it,
    /// and none denies the whole.
    public func subscribing(
        _ filter: TopicFilter, qos: QoS = .atMostOnce, by client: AccessClient
    ) -> AccessVerdict {
        let levels = AccessLevel.levels(of: filter.pattern)
        let isFiltered = policy == .filter && !filter.isShared
        func verdict(_ right: AccessRights, _ qos: QoS?) -> AccessVerdict {
            if let rule = find(false, right, levels, covers: isFiltered, client, qos, nil) {
                return .denied(rule)
            }
            return find(true, right, levels, covers: !isFiltered, client, qos, nil).map { .allowed($0) }
                ?? .notAllowed
        }
        return verdict(.subscribe, qos).and(verdict(.receive, nil))
    }

    private func exactly(
        _ right: AccessRights, _ topic: MQTTString, _ qos: QoS?, _ retain: Bool?, _ client: AccessClient
    ) -> AccessVerdict {
        // A topic name has no wildcards, so it is covered as soon as it is matched.
        let levels = AccessLevel.levels(of: topic.bytes[...])
        guard levels.allSatisfy({ $0 != .anyName && $0 != .anyRest }) else { return .notAllowed }
        if let rule = find(false, right, levels, covers: true, client, qos, retain) { return .denied(rule) }
        return find(true, right, levels, covers: true, client, qos, retain).map { .allowed($0) }
            ?? .notAllowed
    }

    private func find(
        _ isAllowed: Bool, _ right: AccessRights, _ levels: [AccessLevel], covers: Bool,
        _ client: AccessClient, _ qos: QoS?, _ retain: Bool?
    ) -> AccessRule? {
        for grant in client.grants where grant.isAllowed == isAllowed && grant.rights.contains(right) {
            let own = AccessLevel.levels(of: grant.filter.pattern)
            if covers ? AccessLevel.covers(own, levels) : AccessLevel.overlap(own, levels) {
                return AccessRule(grant)
            }
        }
        return table.first(matching: levels, covers: covers, client) { rule in
            rule.isAllowed == isAllowed && rule.rights.contains(right) && rule.conditions.hold(qos, retain)
        }
    }
}

import MQTTCodec

/// Rules that concern some clients, by whom they are about: the part of ``AccessRules`` that is looked up.
struct AccessRuleSet: Sendable {
    let rules: [AccessRule]
    private var users: [MQTTString: AccessTrie] = [:]
    private var roles: [MQTTString: AccessTrie] = [:]
    private var anonymous = AccessTrie()
    private var everybody = AccessTrie()
    /// Those that deny and have a placeholder: they hold for names with several levels too.
    private var denyingPatterns: [Int] = []
    /// The roles that users have by their names.
    private var rolesByUser: [MQTTString: [MQTTString]] = [:]

    init(_ rules: [AccessRule], members: [MQTTString: [MQTTString]]) {
        self.rules = rules
        for (role, users) in members {
            for user in users { rolesByUser[user, default: []].append(role) }
        }
        for (number, rule) in rules.enumerated() {
            if rule.hasPlaceholder && !rule.isAllowed {
                denyingPatterns.append(number)
                continue
            }
            let add = { (trie: inout AccessTrie) in
                trie.add(number, rule.levels, hasPlaceholder: rule.hasPlaceholder)
            }
            if rule.subject.isEverybody { add(&everybody) }
            if rule.subject.includesAnonymous { add(&anonymous) }
            for user in Set(rule.subject.users) { add(&users[user, default: AccessTrie()]) }
            for role in Set(rule.subject.roles) { add(&roles[role, default: AccessTrie()]) }
        }
    }

    private func roles(of client: AccessClient) -> [MQTTString] {
        let own = client.userName.flatMap { rolesByUser[$0] } ?? []
        return client.roles.isEmpty ? own : Array(Set(own + client.roles))
    }

    /// The first rule, in the order of their writing, that `isMeant` and matches: all of the filter if `covers`,
    /// else some of it.
    func first(
        matching filter: [AccessLevel], covers: Bool, _ client: AccessClient, isMeant: (AccessRule) -> Bool
    ) -> AccessRule? {
        var found = Int.max
        func consider(_ number: Int) {
            guard number < found, isMeant(rules[number]),
                rules[number].subject.holds(for: client, isAllowing: rules[number].isAllowed)
            else { return }
            found = number
        }
        func look(_ trie: AccessTrie) {
            if covers {
                trie.forEachCovering(filter, client, consider)
            } else {
                trie.forEachOverlapping(filter, client, consider)
            }
        }
        look(everybody)
        if let name = client.userName {
            if let own = users[name] { look(own) }
        } else {
            look(anonymous)
        }
        let roles = roles(of: client)
        for role in roles { if let trie = self.roles[role] { look(trie) } }
        for number in denyingPatterns where isAbout(rules[number].subject, client, roles) {
            guard let levels = rules[number].levels(for: client) else { continue }
            if covers ? AccessLevel.covers(levels, filter) : AccessLevel.overlap(levels, filter) {
                consider(number)
            }
        }
        return found == .max ? nil : rules[found]
    }

    private func isAbout(_ subject: AccessSubject, _ client: AccessClient, _ roles: [MQTTString]) -> Bool {
        if subject.isEverybody { return true }
        if let name = client.userName {
            if subject.users.contains(name) { return true }
        } else if subject.includesAnonymous {
            return true
        }
        return roles.contains { subject.roles.contains($0) }
    }
}

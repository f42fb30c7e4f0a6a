import MQTTAuth
import MQTTBroker
import Yams

/// Reads the list `authorization.rules` of a configuration file.
///
///     - { allow: [publish, receive], topics: ["devices/%c/#"], roles: [sensors], qos: [0, 1] }
struct YAMLAccessRules {
    static let path = "authorization.rules"

    private let name: String
    private(set) var rules: [AccessRule] = []
    private(set) var problems: [ConfigurationProblem] = []

    private static let rights: KeyValuePairs<String, AccessRights> = [
        "publish": .publish, "subscribe": .subscribe, "receive": .receive, "all": .all,
    ]
    private static let keys = [
        "allow", "deny", "topics", "users", "roles", "anonymous", "clients", "addresses", "listeners", "qos",
        "retain",
    ]

    /// - Parameter name: how messages call the file.
    init(_ node: Node, file name: String) {
        self.name = name
        guard case .sequence(let sequence) = node else {
            complain(node, Self.path, "expected a list of rules")
            return
        }
        for (index, element) in sequence.enumerated() { read(element, "\(Self.path)[\(index)]") }
    }

    private mutating func read(_ node: Node, _ path: String) {
        guard case .mapping(let mapping) = node else {
            complain(node, path, "expected a rule such as { allow: all, topics: \"house/#\", users: anna }")
            return
        }
        var lists: [String: [String]] = [:]
        let before = problems.count
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            guard Self.keys.contains(name) else {
                let meant = Spelling.nearest(to: name, among: Self.keys).map { "; did you mean \($0)?" } ?? ""
                complain(key, path, "'\(name)' is not known in a rule\(meant)")
                continue
            }
            guard let list = Self.texts(value), !list.isEmpty else {
                complain(value, "\(path).\(name)", "expected a value, or a list of them")
                continue
            }
            lists[name] = list
        }
        guard problems.count == before else { return }
        do {
            rules += try Self.rules(lists, .init(file: self.name, line: node.mark?.line ?? 1, text: ""))
        } catch {
            complain(node, path, error.message)
        }
    }

    private static func rules(
        _ lists: [String: [String]], _ place: AccessRule.Place
    ) throws(ValueProblem) -> [AccessRule] {
        guard (lists["allow"] == nil) != (lists["deny"] == nil) else {
            throw ValueProblem(
                message: "a rule has either allow or deny, with publish, subscribe, receive or all")
        }
        var rights: AccessRights = []
        for word in lists["allow"] ?? lists["deny"] ?? [] { rights.formUnion(try right(word)) }
        guard let topics = lists["topics"] else { throw ValueProblem(message: "a rule needs topics") }
        let conditions = try conditions(lists, rights)
        let subject = try subject(lists)
        var rules: [AccessRule] = []
        for topic in topics {
            var place = place
            place.text = text(of: lists, topic)
            do {
                rules.append(
                    try AccessRule(
                        isAllowed: lists["allow"] != nil, rights, subject, MQTTString(topic),
                        conditions: conditions, at: place))
            } catch {
                throw ValueProblem(
                    message:
                        "'\(topic)' is no topic filter, or a shared one; write what is behind $share/NAME/")
            }
        }
        return rules
    }

    private static func right(_ word: String) throws(ValueProblem) -> AccessRights {
        if let right = rights.first(where: { $0.key == word }) { return right.value }
        let meant = Spelling.nearest(to: word, among: rights.map(\.key)).map { "; did you mean \($0)?" } ?? ""
        throw ValueProblem(message: "'\(word)' is none of publish, subscribe, receive, all\(meant)")
    }

    private static func conditions(
        _ lists: [String: [String]], _ rights: AccessRights
    ) throws(ValueProblem) -> AccessConditions {
        var qualities: [QoS]?
        if let numbers = lists["qos"] {
            guard rights.isDisjoint(with: .receive) else {
                throw ValueProblem(
                    message: "qos is about publish and subscribe; name them, and make another rule")
            }
            qualities = numbers.compactMap { UInt8($0).flatMap(QoS.init) }
            guard qualities?.count == numbers.count else { throw ValueProblem(message: "qos is 0, 1 or 2") }
        }
        var retain: Bool?
        if let words = lists["retain"] {
            guard rights == .publish else {
                throw ValueProblem(message: "retain is about publish alone; name it, and make another rule")
            }
            guard words == ["true"] || words == ["false"] else {
                throw ValueProblem(message: "retain is true or false")
            }
            retain = words == ["true"]
        }
        return AccessConditions(qualities: qualities, retain: retain)
    }

    private static func subject(_ lists: [String: [String]]) throws(ValueProblem) -> AccessSubject {
        var subject = AccessSubject()
        subject.users = (lists["users"] ?? []).map { MQTTString($0) }
        subject.roles = (lists["roles"] ?? []).map { MQTTString($0) }
        if let words = lists["anonymous"] {
            guard words == ["true"] else {
                throw ValueProblem(message: "anonymous can only be true; leave it out else")
            }
            subject.includesAnonymous = true
        }
        subject.clients = (lists["clients"] ?? []).map { ClientPattern($0) }
        for text in lists["addresses"] ?? [] {
            guard let range = AddressPrefix(text) else {
                throw ValueProblem(
                    message: "'\(text)' is no address such as 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32")
            }
            subject.addresses.append(range)
        }
        for text in lists["listeners"] ?? [] {
            do {
                subject.listeners.append(try ListenerURL(text).description)
            } catch {
                throw ValueProblem(message: error.description)
            }
        }
        return subject
    }

    private static func text(of lists: [String: [String]], _ topic: String) -> String {
        let joined = { (key: String) in lists[key].map { $0.joined(separator: ", ") } }
        let effect = joined("allow").map { "allow \($0)" } ?? "deny \(joined("deny") ?? "")"
        let rest = ["users", "roles", "anonymous", "clients", "addresses", "listeners", "qos", "retain"]
            .compactMap { key in joined(key).map { "\(key): \($0)" } }
        return "\(effect) \(topic)" + (rest.isEmpty ? "" : " (\(rest.joined(separator: "; ")))")
    }

    /// A text, or a list of them.
    static func texts(_ node: Node) -> [String]? {
        switch node {
        case .scalar(let scalar): return [scalar.string]
        case .sequence(let sequence):
            let texts = sequence.compactMap(\.scalar?.string)
            return texts.count == sequence.count ? texts : nil
        default: return nil
        }
    }

    private mutating func complain(_ node: Node, _ path: String, _ message: String) {
        let origin = ConfigurationOrigin.file(
            name, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        problems.append(.init(origin: origin, path: path, message: message))
    }
}

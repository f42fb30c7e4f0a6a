import MQTTAuth
import MQTTCodec
import MQTTEngine
import Testing

@Suite struct AccessRulesTests {
    private static func rules(_ text: String) throws -> AccessRules {
        AccessRules(try AccessFile.rules(in: text, path: "f"))
    }

    private static let house = """
        # everybody without a name
        topic read weather/#
        topic notes

        user anna
        topic readwrite house/#
        topic deny house/safe/#
        topic read $SYS/#
        topic write with space/a b
        user bob
        topic read house/kitchen/+

        pattern write devices/%u/%c/state
        pattern read devices/%u/+/command
        pattern deny house/%u/private
        """

    private static func mayPublish(
        _ topic: MQTTString, as user: MQTTString?, client: MQTTString = "c", rules: String = house
    ) throws -> Bool {
        try Self.rules(rules).publishing(topic, by: .init(userName: user, clientIdentifier: client)).isAllowed
    }

    private static func maySubscribe(
        _ filter: MQTTString, as user: MQTTString?, client: MQTTString = "c", rules: String = house
    ) throws -> Bool {
        try Self.rules(rules)
            .subscribing(TopicFilter(filter), by: .init(userName: user, clientIdentifier: client)).isAllowed
    }

    @Test(
        "Who may publish where",
        arguments: [
            ("house/a", "anna", true), ("house", "anna", true), ("house/safe", "anna", false),
            ("house/safe/key", "anna", false), ("house/safes", "anna", true), ("weather/a", "anna", false),
            ("with space/a b", "anna", true), ("with space/a", "anna", false), ("$SYS/a", "anna", false),
            ("house/kitchen/light", "bob", false), ("weather/a", nil, false), ("notes", nil, true),
            ("notes", "anna", false), ("devices/anna/c/state", "anna", true),
            ("devices/bob/c/state", "anna", false), ("devices/anna/d/state", "anna", false),
            ("devices/anna/c/command", "anna", false), ("house/anna/private", "anna", false),
            ("house/bob/private", "anna", true), ("devices/eve/c/state", "eve", true),
        ] as [(MQTTString, MQTTString?, Bool)])
    func publish(topic: MQTTString, user: MQTTString?, isAllowed: Bool) throws {
        #expect(try Self.mayPublish(topic, as: user) == isAllowed)
    }

    @Test(
        "Who may subscribe to what: only what could match nothing that is not allowed",
        arguments: [
            ("house/#", "anna", false), ("house/+", "anna", false), ("house/garden/#", "anna", true),
            ("house/+/light", "anna", false), ("house/+/x/light", "anna", false), ("#", "anna", false),
            ("+/garden", "anna", false), ("$SYS/#", "anna", true), ("$SYS/broker/+", "anna", true),
            ("house/kitchen/+", "bob", true), ("house/kitchen/light", "bob", true),
            ("house/kitchen/#", "bob", false), ("house/+/light", "bob", false), ("#", "bob", false),
            ("$share/g/house/kitchen/+", "bob", true), ("$share/g/house/#", "bob", false),
            ("weather/#", nil, true), ("weather", nil, true), ("weather/#", "bob", false),
            ("with space/a b", "anna", false), ("devices/bob/+/command", "bob", true),
            ("devices/bob/x/command", "bob", true), ("devices/+/x/command", "bob", false),
        ] as [(MQTTString, MQTTString?, Bool)])
    func subscribe(filter: MQTTString, user: MQTTString?, isAllowed: Bool) throws {
        #expect(try Self.maySubscribe(filter, as: user) == isAllowed)
    }

    @Test(
        "A name that a client chose does not let it out of its place",
        arguments: ["+", "#", "a/b", "+/#", "a+", "", "/", "x/#"])
    func escape(name: MQTTString) throws {
        let rules = "pattern readwrite d/%c/#\npattern readwrite %u/x\npattern readwrite #/%u"
        #expect(throws: FileProblem.self) { try Self.rules(rules) }
        let client = "pattern readwrite d/%c/#\npattern readwrite e-%c"
        let user = "pattern readwrite d/%u/#\npattern readwrite %u/x"
        for target in ["d/a", "d/a/b", "d/a/b/c", "d/+/#", "d//x", "e-a/b", "e-a+", "e-", "a/b/x", "/x"] {
            let topic = MQTTString(target)
            #expect(try !Self.mayPublish(topic, as: "u", client: name, rules: client), "\(target)")
            #expect(try !Self.mayPublish(topic, as: name, client: "c", rules: user), "\(target)")
            #expect(try !Self.maySubscribe("d/#", as: "u", client: name, rules: client))
            #expect(try !Self.maySubscribe("d/+/b", as: name, client: "c", rules: user))
        }
        #expect(try !Self.mayPublish("d/a", as: nil, rules: user), "there is no user name")
    }

    @Test("A name does not open topics that begin with $, unless the rule says so itself")
    func dollar() throws {
        let rules = "pattern read %c/#\npattern read $SYS/%c/#\n"
        #expect(try !Self.maySubscribe("$SYS/#", as: nil, client: "$SYS", rules: rules))
        #expect(try !Self.maySubscribe("$SYS/a", as: nil, client: "$SYS", rules: rules))
        #expect(try Self.maySubscribe("$SYS/a/b", as: nil, client: "a", rules: rules))
        #expect(try Self.maySubscribe("a/b", as: nil, client: "a", rules: rules))
        for all in ["topic #", "topic +/#", "pattern #"] {
            #expect(try !Self.maySubscribe("$SYS/#", as: nil, rules: all))
            #expect(try !Self.mayPublish("$SYS/a", as: nil, rules: all))
            #expect(try Self.mayPublish("a", as: nil, rules: all))
        }
    }

    @Test("A pattern that denies holds for every name, and what it denies nobody else's rule allows")
    func denyingPattern() throws {
        let rules = "pattern deny d/%c/secret\nuser u\ntopic d/#\n"
        #expect(try !Self.mayPublish("d/a/b/secret", as: "u", client: "a/b", rules: rules))
        #expect(try !Self.maySubscribe("d/+/b/secret", as: "u", client: "a/b", rules: rules))
        #expect(try Self.mayPublish("d/a/b/secret", as: "u", client: "c", rules: rules))
    }

    @Test("Look-alikes are other topics and other users [MQTT-4.7.3-4]")
    func lookAlikes() throws {
        let rules = "user \u{C4}\ntopic \u{E9}/#\n"
        #expect(try Self.mayPublish("\u{E9}/a", as: "\u{C4}", rules: rules))
        #expect(try !Self.mayPublish("e\u{301}/a", as: "\u{C4}", rules: rules))
        #expect(try !Self.mayPublish("\u{E9}/a", as: "A\u{308}", rules: rules))
    }

    @Test("The verdict names the rule, with its line")
    func verdict() throws {
        let rules = try Self.rules(Self.house)
        let anna = AccessClient(userName: "anna", clientIdentifier: "c")
        guard case .denied(let denying) = rules.publishing("house/safe/key", by: anna) else {
            Issue.record("not denied")
            return
        }
        #expect(denying.line == 7)
        #expect(denying.description == "topic deny house/safe/# (for user anna)")
        guard case .allowed(let allowing) = rules.publishing("devices/anna/c/state", by: anna) else {
            Issue.record("not allowed")
            return
        }
        #expect(allowing.line == 13)
        #expect(allowing.description == "pattern write devices/%u/%c/state")
        #expect(rules.publishing("elsewhere", by: anna) == .notAllowed)
    }

    @Test(
        "A wrong line is told with its number and what to write",
        arguments: [
            ("topic read a\ntopik b", 2, "begins with user, topic, pattern"), ("user", 1, "names nobody"),
            ("\n\ntopic", 3, "names no topic"), ("topic raed a", 1, "read, write, readwrite, deny"),
            ("topic read a/#/b", 1, "no topic filter"), ("topic read a+", 1, "no topic filter"),
            ("pattern read $share/g/a", 1, "behind $share/NAME/"),
        ])
    func problems(text: String, line: Int, message: String) throws {
        let problem = try #require(throws: FileProblem.self) { try Self.rules(text) }
        #expect(problem.line == line)
        #expect(problem.message.contains(message))
    }

    @Test("Line ends of Windows, tabs and trailing spaces change nothing")
    func spaces() throws {
        let rules = "user\tanna b \r\n  topic\tread   a/b \r\n"
        #expect(try Self.maySubscribe("a/b", as: "anna b", rules: rules))
    }

    @Test("The authorizer follows the rules, and new ones from the moment they are given")
    func authorizer() throws {
        let authorizer = AccessRuleAuthorizer(try Self.rules("topic read a\ntopic write b\n"))
        let peer = Peer(address: "", listener: "")
        let subscribe = AccessRequest(
            operation: .subscribe(try TopicFilter("a"), qos: .atMostOnce), clientIdentifier: "c",
            userName: nil,
            peer: peer)
        let publish = AccessRequest(
            operation: .publish(topic: "b", qos: .atMostOnce, retain: false), clientIdentifier: "c",
            userName: nil, peer: peer)
        #expect(authorizer.decision(subscribe) == .allow)
        #expect(authorizer.decision(publish) == .allow)
        authorizer.replace(AccessRules())
        #expect(authorizer.decision(subscribe) == .deny)
        #expect(authorizer.decision(publish) == .deny)
    }
}

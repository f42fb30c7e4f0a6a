import MQTTCodec
import MQTTEngine
import Testing

@testable import MQTTAuth

/// Rules with roles, conditions and addresses, as the configuration has them.
@Suite struct AccessConditionTests {
    private static func rule(
        _ isAllowed: Bool, _ rights: AccessRights, _ filter: MQTTString, _ subject: AccessSubject = .init(),
        _ conditions: AccessConditions = .init()
    ) throws -> AccessRule {
        try AccessRule(
            isAllowed: isAllowed, rights, subject, filter, conditions: conditions,
            at: .init(file: "f", line: 1, text: "\(filter)"))
    }

    private static func client(
        _ user: MQTTString? = "anna", _ identifier: MQTTString = "c", address: String = "192.0.2.7:1000",
        listener: String = "mqtt://127.0.0.1:1883", roles: [MQTTString] = [], grants: [AccessGrant] = []
    ) -> AccessClient {
        AccessClient(
            userName: user, clientIdentifier: identifier, address: address, listener: listener, roles: roles,
            grants: grants)
    }

    @Test("Each right is a right of its own")
    func rights() throws {
        for right in [AccessRights.publish, .subscribe, .receive, .all, [.subscribe, .receive]] {
            let rules = AccessRules([try Self.rule(true, right, "a/#")])
            let client = Self.client()
            let both = right.contains([.subscribe, .receive])
            #expect(rules.publishing("a/b", by: client).isAllowed == right.contains(.publish))
            #expect(rules.subscribing(try TopicFilter("a/b"), by: client).isAllowed == both)
            #expect(rules.receiving("a/b", by: client).isAllowed == both)
        }
    }

    @Test("Roles are those of the configuration and those that the client brings")
    func roles() throws {
        let rules = AccessRules(
            [
                try Self.rule(true, .all, "a/#", AccessSubject(roles: ["operators"])),
                try Self.rule(true, .all, "b/#", AccessSubject(users: ["bob"], roles: ["guests"])),
                try Self.rule(false, .publish, "a/safe", AccessSubject(roles: ["guests"])),
            ], members: ["operators": ["anna", "cy"], "guests": ["cy"]])
        #expect(rules.publishing("a/x", by: Self.client("anna")).isAllowed)
        #expect(!rules.publishing("a/x", by: Self.client("bob")).isAllowed)
        #expect(!rules.publishing("a/x", by: Self.client(nil)).isAllowed)
        #expect(rules.publishing("b/x", by: Self.client("bob")).isAllowed)
        #expect(rules.publishing("b/x", by: Self.client("cy")).isAllowed)
        #expect(rules.publishing("a/safe", by: Self.client("anna")).isAllowed)
        #expect(!rules.publishing("a/safe", by: Self.client("cy")).isAllowed)
        #expect(rules.publishing("a/x", by: Self.client("eve", roles: ["operators"])).isAllowed)
        #expect(!rules.publishing("a/safe", by: Self.client("anna", roles: ["guests"])).isAllowed)
    }

    @Test("Clients without a name are meant where that is said")
    func anonymous() throws {
        let rules = AccessRules([
            try Self.rule(true, .all, "a", AccessSubject(users: ["anna"], includesAnonymous: true))
        ])
        #expect(rules.publishing("a", by: Self.client(nil)).isAllowed)
        #expect(rules.publishing("a", by: Self.client("anna")).isAllowed)
        #expect(!rules.publishing("a", by: Self.client("bob")).isAllowed)
    }

    @Test(
        "Rules by client identifier",
        arguments: [
            ("sensor-1", true), ("sensor-", true), ("sensor", false), ("gate", true), ("gates", false),
        ]
            as [(MQTTString, Bool)])
    func clients(identifier: MQTTString, isAllowed: Bool) throws {
        let subject = AccessSubject(clients: [ClientPattern("sensor-*"), ClientPattern("gate")])
        let rules = AccessRules([try Self.rule(true, .all, "a", subject)])
        #expect(rules.publishing("a", by: Self.client("anna", identifier)).isAllowed == isAllowed)
    }

    @Test(
        "Rules by address",
        arguments: [
            ("192.0.2.7:1883", "192.0.2.0/24", true), ("192.0.3.7:1883", "192.0.2.0/24", false),
            ("192.0.3.7:1883", "192.0.2.0/23", true), ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.8:1", "192.0.2.7", false), ("10.1.2.3:1", "0.0.0.0/0", true),
            ("[2001:db8::1]:1883", "2001:db8::/32", true), ("[2001:db9::1]:1883", "2001:db8::/32", false),
            ("[::ffff:192.0.2.7]:1", "192.0.2.0/24", true), ("192.0.2.7:1", "::ffff:192.0.2.0", false),
            ("[fe80::1%eth0]:1", "fe80::/10", true), ("unix:///tmp/x", "0.0.0.0/0", false),
            ("[::1]:1", "0.0.0.0/0", false),
        ])
    func addresses(peer: String, range: String, isAllowed: Bool) throws {
        let subject = AccessSubject(addresses: [try #require(AddressPrefix(range))])
        let rules = AccessRules([try Self.rule(true, .all, "a", subject)])
        #expect(rules.publishing("a", by: Self.client(address: peer)).isAllowed == isAllowed)
    }

    @Test(
        "What is no address is none",
        arguments: ["", "anna", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "::/129", "1.2.3.4/-1"])
    func noAddress(text: String) { #expect(AddressPrefix(text) == nil) }

    @Test("Rules by listener; while a client is away, what allows holds and what denies does not")
    func listeners() throws {
        let subject = AccessSubject(listeners: ["mqtts://0.0.0.0:8883"])
        let allowing = AccessRules([try Self.rule(true, .all, "a", subject)])
        let denying = AccessRules([
            try Self.rule(true, .all, "a"), try Self.rule(false, .all, "a", subject),
        ])
        let inside = Self.client(listener: "mqtts://0.0.0.0:8883"), outside = Self.client()
        let away = Self.client(address: "", listener: "")
        #expect(allowing.publishing("a", by: inside).isAllowed)
        #expect(!allowing.publishing("a", by: outside).isAllowed)
        #expect(allowing.publishing("a", by: away).isAllowed)
        #expect(!denying.publishing("a", by: inside).isAllowed)
        #expect(denying.publishing("a", by: outside).isAllowed)
        #expect(denying.publishing("a", by: away).isAllowed)
    }

    @Test("Rules by QoS and RETAIN concern those messages alone")
    func conditions() throws {
        let rules = AccessRules([
            try Self.rule(
                true, [.publish, .subscribe], "a", .init(), .init(qualities: [.atMostOnce, .atLeastOnce])),
            try Self.rule(true, .receive, "a"),
            try Self.rule(false, .publish, "a", .init(), .init(retain: true)),
        ])
        let client = Self.client()
        #expect(rules.publishing("a", qos: .atLeastOnce, by: client).isAllowed)
        #expect(!rules.publishing("a", qos: .exactlyOnce, by: client).isAllowed)
        #expect(!rules.publishing("a", qos: .atMostOnce, retain: true, by: client).isAllowed)
        let filter = try TopicFilter("a")
        #expect(rules.subscribing(filter, qos: .atLeastOnce, by: client).isAllowed)
        #expect(!rules.subscribing(filter, qos: .exactlyOnce, by: client).isAllowed)
    }

    @Test("What a client brings along counts with the rules: what allows, and what denies even more")
    func grants() throws {
        let grants = [
            AccessGrant(.all, try TopicFilter("own/#")),
            AccessGrant(isAllowed: false, .publish, try TopicFilter("own/+/key")),
        ]
        let rules = AccessRules([try Self.rule(true, .publish, "#"), try Self.rule(false, .all, "own/x")])
        let client = Self.client(grants: grants)
        #expect(rules.subscribing(try TopicFilter("own/a/#"), by: client).isAllowed)
        #expect(!rules.subscribing(try TopicFilter("other"), by: client).isAllowed)
        #expect(!rules.publishing("own/a/key", by: client).isAllowed)
        #expect(rules.publishing("own/a/key", by: Self.client()).isAllowed)
        #expect(!rules.publishing("own/x", by: client).isAllowed)
    }

    @Test(
        "With the filter a subscription is granted where something of it may be received, and messages are asked about",
        arguments: [
            ("house/#", true), ("#", true), ("house/safe/#", false), ("house/safe/key", false),
            ("garden/#", false), ("+/kitchen", true), ("$SYS/#", false), ("$share/g/house/#", false),
            ("$share/g/house/garden", true),
        ] as [(MQTTString, Bool)])
    func filter(filter: MQTTString, isGranted: Bool) throws {
        let rules = AccessRules(
            [try Self.rule(true, .all, "house/#"), try Self.rule(false, .all, "house/safe/#")],
            policy: .filter)
        #expect(rules.subscribing(try TopicFilter(filter), by: Self.client()).isAllowed == isGranted)
        #expect(rules.receiving("house/kitchen", by: Self.client()).isAllowed)
        #expect(!rules.receiving("house/safe/key", by: Self.client()).isAllowed)
        #expect(!rules.receiving("garden/gate", by: Self.client()).isAllowed)
    }

    @Test("A wide subscription does not get around a right to subscribe that is narrow")
    func noWayAround() throws {
        let rules = AccessRules(
            [
                try Self.rule(true, .subscribe, "a/#"), try Self.rule(true, .receive, "#"),
                try Self.rule(false, .subscribe, "a/b"),
            ], policy: .filter)
        #expect(rules.subscribing(try TopicFilter("#"), by: Self.client()).isAllowed)
        #expect(rules.receiving("a/c", by: Self.client()).isAllowed)
        #expect(!rules.receiving("a/b", by: Self.client()).isAllowed)
        #expect(!rules.receiving("b", by: Self.client()).isAllowed)
    }

    @Test("What is not known after a start is left as it is, where clients may bring rights along")
    func undecided() throws {
        let request = AccessRequest(
            operation: .receive(topic: "a"), clientIdentifier: "c", userName: "u",
            peer: Peer(address: "", listener: ""))
        #expect(AccessRuleAuthorizer(AccessRules()).decision(request) == .deny)
        let authorizer = AccessRuleAuthorizer(AccessRules(), mayBeGrantedElsewhere: true)
        #expect(authorizer.decision(request) == .undecided)
        var known = request
        known.credentials = Credentials()
        #expect(authorizer.decision(known) == .deny)
        let denying = AccessRules([try Self.rule(false, .all, "a")])
        authorizer.replace(denying)
        #expect(authorizer.decision(request) == .deny)
    }
}

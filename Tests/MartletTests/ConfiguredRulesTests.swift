import Foundation
import MQTTAuth
import MQTTBroker
import Testing

@testable import martlet

/// `authorization.roles` and `authorization.rules` of a configuration file.
@Suite struct ConfiguredRulesTests {
    private func read(_ text: String) -> ConfigurationLayer { YAMLConfiguration(name: "f", text: text).layer }

    private static let house = """
        authorization:
          roles:
            operators: [anna, bob]
            guests: cy
          rules:
            - { allow: all, topics: "house/#", roles: operators }
            - allow: [subscribe, receive]
              topics: [house/kitchen/+, weather/#]
              users: dora
              anonymous: true
            - deny: publish
              topics: house/safe
              clients: ["phone-*"]
              addresses: [192.0.2.0/24, "2001:db8::/32"]
              listeners: ["mqtt://127.0.0.1:1883"]
            - { allow: publish, topics: "log/%c", qos: [0, 1], retain: false }
        """

    @Test("Rules are read with all that they can say, and tell where they stand")
    func whole() throws {
        let layer = read(Self.house)
        #expect(layer.problems == [])
        let access = try #require(layer.access)
        #expect(access.roles == ["operators": ["anna", "bob"], "guests": ["cy"]])
        #expect(access.rules.map(\.line) == [6, 7, 7, 11, 16])
        #expect(
            access.rules.map(\.filter) == ["house/#", "house/kitchen/+", "weather/#", "house/safe", "log/%c"])
        #expect(
            access.rules[1].description
                == "allow subscribe, receive house/kitchen/+ (users: dora; anonymous: true)")
        let rules = AccessRules(access.rules, members: access.roles)
        let anna = AccessClient(
            userName: "anna", clientIdentifier: "phone-1", address: "192.0.2.9:1",
            listener: "mqtt://127.0.0.1:1883")
        #expect(rules.publishing("house/a", by: anna).isAllowed)
        #expect(!rules.publishing("house/safe", by: anna).isAllowed)
        #expect(rules.publishing("log/phone-1", qos: .atLeastOnce, by: anna).isAllowed)
        #expect(!rules.publishing("log/phone-1", qos: .exactlyOnce, by: anna).isAllowed)
        #expect(!rules.publishing("log/phone-1", retain: true, by: anna).isAllowed)
        let nobody = AccessClient(userName: nil, clientIdentifier: "x")
        #expect(rules.subscribing(try TopicFilter("weather/#"), by: nobody).isAllowed)
    }

    @Test("An empty list of rules allows nothing; none at all says nothing")
    func empty() {
        #expect(read("authorization:\n  rules: []").access?.hasRules == true)
        #expect(read("authorization:\n  rules:").access?.hasRules == true)
        #expect(read("authorization:\n  acl_file: x").access == nil)
    }

    @Test(
        "What is wrong is told with its line",
        arguments: [
            ("{ topics: a }", "either allow or deny"),
            ("{ allow: all, deny: all, topics: a }", "either allow or deny"),
            ("{ allow: publsh, topics: a }", "did you mean publish?"), ("{ allow: all }", "needs topics"),
            ("{ allow: all, topics: a#b }", "no topic filter"),
            ("{ allow: all, topics: $share/g/a }", "behind $share/NAME/"),
            ("{ allow: all, topic: a }", "did you mean topics?"),
            ("{ allow: all, topics: a, addresses: 1.2.3 }", "no address"),
            ("{ allow: all, topics: a, qos: 1 }", "publish and subscribe"),
            ("{ allow: publish, topics: a, qos: 3 }", "0, 1 or 2"),
            ("{ allow: subscribe, topics: a, retain: true }", "publish alone"),
            ("{ allow: publish, topics: a, retain: maybe }", "true or false"),
            ("{ allow: all, topics: a, anonymous: false }", "leave it out"),
            ("{ allow: all, topics: a, listeners: nowhere }", "nowhere"),
            ("{ allow: all, topics: [] }", "a list of them"),
            ("{ allow: all, topics: {a: b} }", "a list of them"), ("all", "expected a rule"),
        ])
    func problems(rule: String, message: String) throws {
        let layer = read("authorization:\n  rules:\n    - \(rule)\n    - { allow: all, topics: fine }")
        let problem = try #require(layer.problems.first)
        #expect(problem.description.contains(message), "\(problem)")
        #expect(problem.place == 3)
        #expect(layer.access?.rules.count == 1)
    }

    @Test("martlet can explains rules of the configuration, roles and rights to receive among them")
    func can() async throws {
        let directory = TemporaryDirectory()
        let file = directory.path + "/martlet.yaml"
        try Self.house.write(toFile: file, atomically: true, encoding: .utf8)
        func can(_ arguments: String...) async throws -> (Int32?, String) {
            let martlet = try RunningMartlet(["can", "--config", file] + arguments)
            let lines = await martlet.restOfLines().joined(separator: "\n")
            return (await martlet.exitStatus(), martlet.output() + lines)
        }
        #expect(
            try await can("--user", "anna", "publish", "house/a")
                == (0, "yes: \(file):6: allow all house/# (roles: operators)\n"))
        #expect(try await can("--user", "eve", "publish", "house/a").0 == 1)
        #expect(try await can("--user", "eve", "--role", "operators", "receive", "house/a").0 == 0)
        #expect(
            try await can(
                "--user", "anna", "--client", "phone-1", "--address", "192.0.2.1", "--listener",
                "mqtt://127.0.0.1:1883", "publish", "house/safe"
            ).1.hasPrefix("no: \(file):11: deny publish house/safe"))
        #expect(try await can("--client", "x", "--qos", "2", "publish", "log/x").0 == 1)
        #expect(try await can("--client", "x", "publish", "log/x").0 == 0)
        #expect(try await can("--client", "x", "--retain", "publish", "log/x").0 == 1)
    }
}

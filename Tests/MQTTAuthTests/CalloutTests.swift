import Foundation
import MQTTCodec
import MQTTEngine
import NIOHTTP1
import Synchronization
import Testing

@testable import MQTTAuth

@Suite(.timeLimit(.minutes(2))) struct CalloutTests {
    private final class Clock: Sendable {
        let now = Atomic<Int64>(0)

        var read: @Sendable () -> Int64 { { self.now.load(ordering: .relaxed) } }

        func advance(seconds: Int64) { now.add(seconds * 1000, ordering: .relaxed) }
    }

    private static func service(
        _ text: String, status: Int = 200
    ) async throws -> LoginService {
        try await LoginService.start { _ in (.init(statusCode: status), text) }
    }

    private static func ask(_ service: LoginService, _ request: AuthenticationRequest? = nil) async
        -> AuthenticationOutcome?
    {
        let login = CalloutLogin(CalloutSettings(url: service.url))
        return await login.authenticate(request ?? loginRequest("anna", "secret"))
    }

    @Test("The question holds who, from where, through what; the answer name, roles, rules and time")
    func allowed() async throws {
        let service = try await Self.service(
            """
            {"result": "allow", "username": "anna@house", "roles": ["operators"], "expires_in": 60,
             "rules": [{"allow": "publish", "topics": "own/#"}]}
            """)
        let outcome = await Self.ask(
            service, loginRequest("anna", "secret", identifier: "phone", listener: "mqtt://127.0.0.1:1883"))
        #expect(outcome.text == "in as anna@house")
        #expect(outcome.validity == .seconds(60))
        #expect(
            outcome.credentials
                == Credentials(
                    method: "http", roles: ["operators"],
                    grants: [AccessGrant(.publish, try TopicFilter("own/#"))]))
        let question = try JSONDecoder().decode(
            [String: JSONValue].self, from: Data((service.questions.first ?? "").utf8))
        #expect(
            question == [
                "username": .text("anna"), "password": .text("secret"), "client_id": .text("phone"),
                "address": .text("192.0.2.1:1000"), "listener": .text("mqtt://127.0.0.1:1883"),
                "protocol_version": .number(5),
            ])
        try await service.stop()
    }

    @Test(
        "What the service answers, and what comes of it",
        arguments: [
            (200, #"{"result": "allow"}"#, "in"), (200, #"{"result": "ignore"}"#, "next"),
            (200, #"{"result": "deny"}"#, "badUserNameOrPassword"),
            (200, #"{"result": "deny", "reason": "locked"}"#, "badUserNameOrPassword"),
            (200, #"{"result": "yes"}"#, "serverUnavailable"), (200, "", "serverUnavailable"),
            (200, "allow", "serverUnavailable"),
            (200, #"{"result": "allow", "rules": "all"}"#, "serverUnavailable"),
            (200, #"{"result": "allow", "username": 1}"#, "serverUnavailable"),
            (200, #"{"result": "allow", "expires_in": -1}"#, "serverUnavailable"),
            (500, #"{"result": "allow"}"#, "serverUnavailable"),
            (302, #"{"result": "allow"}"#, "serverUnavailable"),
            (401, "", "serverUnavailable"),
        ])
    func answers(status: Int, body: String, expected: String) async throws {
        let service = try await Self.service(body, status: status)
        let codes: [String: ReasonCode] = [
            "badUserNameOrPassword": .badUserNameOrPassword, "serverUnavailable": .serverUnavailable,
        ]
        let outcome = await Self.ask(service)
        #expect(outcome.text == codes[expected].map { "\($0)" } ?? expected)
        if body.contains("locked") { #expect(outcome.reason == "locked") }
        try await service.stop()
    }

    @Test("A service that does not answer, or is not there, lets nobody in, and is told of without secrets")
    func closed() async throws {
        let silent = try await LoginService.start { _ in nil }
        let troubles = Mutex<[String]>([])
        let login = CalloutLogin(
            CalloutSettings(url: silent.url, timeout: 50),
            trouble: { trouble in
                troubles.withLock { $0.append(trouble) }
            })
        #expect(
            await login.authenticate(loginRequest("anna", "secret")).text == "\(ReasonCode.serverUnavailable)"
        )
        let url = silent.url
        try await silent.stop()
        let gone = CalloutLogin(
            CalloutSettings(url: url, timeout: 2000),
            trouble: { trouble in
                troubles.withLock { $0.append(trouble) }
            })
        #expect(
            await gone.authenticate(loginRequest("anna", "secret")).text == "\(ReasonCode.serverUnavailable)")
        let told = troubles.withLock { $0 }
        #expect(told.count == 2)
        #expect(!told.joined().contains("secret"))
    }

    @Test(
        "An allowed login is remembered for its time: of the same client with the same password from the same address"
    )
    func cached() async throws {
        let service = try await LoginService.start { question in
            (
                .ok,
                question.contains("secret")
                    ? #"{"result": "allow", "expires_in": 300}"# : #"{"result": "deny"}"#
            )
        }
        let clock = Clock()
        let login = CalloutLogin(CalloutSettings(url: service.url, cacheTime: 60), now: clock.read)
        #expect(await login.authenticate(loginRequest("anna", "secret")).text == "in")
        clock.advance(seconds: 59)
        let again = await login.authenticate(loginRequest("anna", "secret", address: "192.0.2.1:2000"))
        #expect(again.text == "in")
        #expect(again.validity == .seconds(241))
        #expect(service.questions.count == 1)
        #expect(
            await login.authenticate(loginRequest("anna", "wrong")).text
                == "\(ReasonCode.badUserNameOrPassword)")
        for (number, other) in [
            loginRequest("anna", "secret", address: "192.0.2.2:1000"),
            loginRequest("anna", "secret", identifier: "d"),
            loginRequest("bob", "secret"), loginRequest("anna", "secret", listener: "m"),
            loginRequest(nil, "annasecret"),
        ].enumerated() {
            _ = await login.authenticate(other)
            #expect(service.questions.count == 3 + number)
        }
        clock.advance(seconds: 1)
        _ = await login.authenticate(loginRequest("anna", "secret"))
        #expect(service.questions.count == 8)
        login.forget()
        _ = await login.authenticate(loginRequest("anna", "secret"))
        #expect(service.questions.count == 9)
        // What was denied is asked about each time.
        for _ in 0..<3 { _ = await login.authenticate(loginRequest("anna", "wrong")) }
        #expect(service.questions.count == 12)
        try await service.stop()
    }

    @Test("What is remembered is bounded")
    func bounded() throws {
        var cache = CalloutCache(capacity: 3, time: 1000)
        let answer = try #require(CalloutAnswer(Array(#"{"result": "allow"}"#.utf8)))
        for number in 0..<100 {
            cache.insert(cache.place(of: loginRequest(MQTTString("\(number)"), "x")), answer, now: 0)
        }
        #expect(cache.count == 3)
        var off = CalloutCache(capacity: 3, time: 0)
        off.insert([1], answer, now: 0)
        #expect(off.count == 0)
    }

    @Test("More questions at a time than may be are answered with server busy")
    func busy() async throws {
        let service = try await LoginService.start { _ in nil }
        let login = CalloutLogin(CalloutSettings(url: service.url, timeout: 300, concurrency: 2))
        let outcomes = await withTaskGroup(of: String.self, returning: [String: Int].self) { group in
            for number in 0..<20 {
                group.addTask { await login.authenticate(loginRequest(MQTTString("\(number)"), "x")).text }
            }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(outcomes["\(ReasonCode.serverBusy)"] ?? 0 > 0)
        #expect(
            (outcomes["\(ReasonCode.serverBusy)"] ?? 0) + (outcomes["\(ReasonCode.serverUnavailable)"] ?? 0)
                == 20)
        try await service.stop()
    }

    @Test("Who gives nothing, or another method, is for others")
    func notMine() async throws {
        let login = CalloutLogin(CalloutSettings(url: "http://127.0.0.1:9/"))
        #expect(await login.authenticate(loginRequest(nil, nil)).text == "next")
        #expect(await login.authenticate(loginRequest("a", "b", method: "M")).text == "next")
    }
}

import Logging
import MQTTBroker
import NIOCore
import Testing

@testable import MQTTManagement

@Suite("The administration API", .timeLimit(.minutes(2))) struct APITests {
    private func connect(_ broker: Broker, _ client: MQTTString) async throws -> InProcessConnection {
        let connection = try await broker.connect()
        var packet = ByteBuffer()
        let connect = Connect(
            version: .v5, cleanStart: true, keepAlive: 0, clientIdentifier: client,
            properties: [.sessionExpiryInterval(100)])
        ControlPacket.connect(connect).encode(into: &packet, version: .v5)
        await connection.send(packet)
        _ = await connection.receive()
        return connection
    }

    @Test(
        "Without a token: 401; with one whose role is too low: 403; with the right one: 200",
        arguments: [
            ("GET", "/api/v1/clients", AdminRole.read), ("GET", "/api/v1/retained/message?topic=a", .operate),
            ("GET", "/api/v1/users", .admin), ("POST", "/api/v1/publish", .operate),
            ("POST", "/api/v1/configuration/reload", .admin),
        ])
    func roles(method: String, path: String, role: AdminRole) async throws {
        try await RunningAdministration.with { running async throws in
            let method = try #require(HTTPRequestMethod(rawValue: method))
            #expect(try await running.call(method, path, as: nil).status == 401)
            for other in AdminRole.allCases {
                let status = try await running.call(method, path, as: other).status
                #expect((status == 403) == (other < role), "\(other): \(status)")
                #expect(status != 401)
            }
        }
    }

    @Test("Health and metrics need no token on this machine, and metrics do elsewhere")
    func openPaths() async throws {
        try await RunningAdministration.with { running async throws in
            #expect(try await running.call(.get, "/health/live", as: nil).status == 200)
            #expect(try await running.call(.get, "/health/ready", as: nil).status == 200)
            let metrics = try await running.call(.get, "/metrics", as: nil)
            #expect(metrics.status == 200 && metrics.text.contains("martlet_build_info{version=\"1.2.3\""))
            #expect(try await running.call(.get, "/nothing", as: nil).status == 404)
            await running.broker.stop()
            #expect(try await running.call(.get, "/health/ready", as: nil).status == 503)
            #expect(try await running.call(.get, "/health/live", as: nil).status == 200)
        }
        try await RunningAdministration.with(asksForTokenEverywhere: true) { running async throws in
            #expect(try await running.call(.get, "/metrics", as: nil).status == 401)
            #expect(try await running.call(.get, "/metrics", as: .read).status == 200)
            #expect(try await running.call(.get, "/health/live", as: nil).status == 200)
        }
    }

    @Test("Not ready while the store does not work")
    func notReady() async throws {
        var control = ServerControl()
        control.isReady = { false }
        try await RunningAdministration.with(control: control) { running async throws in
            #expect(try await running.call(.get, "/health/ready", as: nil).status == 503)
        }
    }

    @Test("Clients are listed page by page, looked at, disconnected, and their sessions ended")
    func clients() async throws {
        try await RunningAdministration.with { running async throws in
            var open: [InProcessConnection] = []
            for number in 0..<5 {
                open.append(try await connect(running.broker, MQTTString("phone/\(number)")))
            }
            var seen: [String] = []
            var path: String? = "/clients?limit=2&search=PHONE"
            while let here = path {
                let page = try await running.get(SessionPage.self, here, as: .read)
                #expect(page.items.count <= 2)
                seen += page.items.map(\.client)
                path = page.next.map { "/clients?limit=2&search=PHONE&after=\($0)" }
            }
            #expect(seen.sorted() == (0..<5).map { "phone/\($0)" })
            let one = try await running.get(SessionDetailValue.self, "/clients/phone%2F3")
            #expect(one.session.client == "phone/3" && one.session.version == "MQTT 5.0")
            #expect(try await running.call(.delete, "/api/v1/clients/phone%2F3").status == 204)
            #expect(try await running.call(.delete, "/api/v1/clients/phone%2F3").status == 404)
            let away = try await running.get(SessionPage.self, "/sessions?connected=false")
            #expect(away.items.map(\.client) == ["phone/3"])
            #expect(away.items.first?.lastDisconnect?.hasPrefix("server: administrative_action") == true)
            #expect(try await running.call(.delete, "/api/v1/sessions/phone%2F3").status == 204)
            #expect(try await running.call(.get, "/api/v1/sessions/phone%2F3").status == 404)
            #expect(open.count == 5)
        }
    }

    @Test("Bans are ordered, listed, counted and lifted; what cannot be one is said")
    func bans() async throws {
        try await RunningAdministration.with { running async throws in
            let body =
                "{\"kind\":\"address\",\"subject\":\"192.0.2.0/24\",\"seconds\":60,\"reason\":\"scans\"}"
            #expect(try await running.call(.post, "/api/v1/bans", as: .operate, body: body).status == 204)
            let all = try await running.get(BanList.self, "/bans", as: .read).items
            #expect(all.count == 1 && all[0].subject == "192.0.2.0/24" && all[0].ordered == true)
            #expect((all[0].seconds ?? 0) > 0)
            let metrics = try await running.call(.get, "/metrics").text
            #expect(metrics.contains("martlet_bans{kind=\"address\"} 1"))
            #expect(metrics.contains("martlet_tls_handshakes_total{result=\"success\"} 0"))
            let path = "/api/v1/bans/address/192.0.2.0%2F24"
            #expect(try await running.call(.delete, path, as: .read).status == 403)
            #expect(try await running.call(.delete, path, as: .operate).status == 204)
            #expect(try await running.call(.delete, path).status == 404)
            for wrong in ["{\"kind\":\"address\",\"subject\":\"x\"}", "{\"kind\":\"user\",\"subject\":\"\"}"]
            {
                #expect(try await running.call(.post, "/api/v1/bans", body: wrong).status == 422)
            }
            #expect(try await running.call(.post, "/api/v1/backup").status == 501)
        }
    }

    @Test("Single clients and topics are measured by rule, and no others")
    func rules() async throws {
        let rules = MetricRules(clients: ["pump-*", "exact", "*-valve-*-x"], topicFilters: ["plant/+/state"])
        for name in ["pump-", "pump-17", "exact", "a-valve-b-x", "-valve--x"] {
            #expect(rules.takes(name), "\(name)")
        }
        for name in ["pump", "exact2", "a-valve-x", "valve-b-x", ""] {
            #expect(!rules.takes(name), "\(name)")
        }
        let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        var configuration = BrokerConfiguration()
        configuration.engine.systemTopicInterval = 0
        let broker = Broker(configuration: configuration, logger: silent)
        _ = try await broker.start()
        let registry = MetricsRegistry()
        let management = Management(
            broker: broker, registry: registry, hub: EventHub(), control: ServerControl(), version: "1",
            rules: rules)
        let open = [try await connect(broker, "pump-17"), try await connect(broker, "other")]
        let counting = Task { await TopicMetrics(rules, broker, registry, logger: silent).run() }
        // What is published before the subscription is there is not counted.
        while try await broker.counters().subscriptions == 0 { await Task.yield() }
        for _ in 0..<3 {
            try await broker.publish(topic: "plant/a/state", payload: ByteBuffer(string: "12345"))
        }
        try await broker.publish(topic: "plant/a/other", payload: ByteBuffer(string: "12345"))
        func text() async throws -> String {
            MetricsText.text(of: try await management.metrics(), .prometheus)
        }
        while try await !text().contains("martlet_topic_messages_total{filter=\"plant/+/state\"} 3") {
            await Task.yield()
        }
        let all = try await text()
        #expect(all.contains("martlet_topic_payload_bytes_total{filter=\"plant/+/state\"} 15"))
        #expect(all.contains("martlet_client_connected{client=\"pump-17\"} 1"))
        #expect(all.contains("martlet_client_left_out 0") && !all.contains("client=\"other\""))
        #expect(open.count == 2)
        await broker.stop()
        await counting.value
    }

    @Test("Messages are published, browsed, read and deleted")
    func messages() async throws {
        try await RunningAdministration.with { running async throws in
            for topic in ["house/kitchen", "house/hall", "garden"] {
                let body = "{\"topic\":\"\(topic)\",\"payload\":\"21.5\",\"retain\":true,\"qos\":1}"
                #expect(try await running.call(.post, "/api/v1/publish", body: body).status == 204)
            }
            let bytes = "{\"topic\":\"raw\",\"payload\":\"/wA=\",\"encoding\":\"base64\",\"retain\":true}"
            #expect(try await running.call(.post, "/api/v1/publish", body: bytes).status == 204)
            let page = try await running.get(RetainedPage.self, "/retained?filter=house/%2B", as: .read)
            #expect(Set(page.items.map(\.topic)) == ["house/kitchen", "house/hall"])
            let one = try await running.get(RetainedMessageValue.self, "/retained/message?topic=garden")
            #expect(one.payload == "21.5" && one.encoding == .text && !one.cut)
            let raw = try await running.get(RetainedMessageValue.self, "/retained/message?topic=raw")
            #expect(raw.payload == "/wA=" && raw.encoding == .base64)
            let levels = try await running.get(TopicLevels.self, "/topics?below=house")
            #expect(levels.items.map(\.name) == ["hall", "kitchen"])
            let path = "/api/v1/retained/message?topic=garden"
            #expect(try await running.call(.delete, path).status == 204)
            #expect(try await running.call(.delete, path).status == 404)
            let deleted = try await running.call(.delete, "/api/v1/retained?filter=house/%23")
            #expect(deleted.text == "{\"deleted\":2}")
        }
    }

    @Test(
        "What is wrong in a request is said: 400, 404, 422 or 501",
        arguments: [
            ("GET", "/clients?limit=0", nil, 400), ("GET", "/clients?after=x", nil, 400),
            ("GET", "/ranking?by=beauty", nil, 400), ("GET", "/sessions?connected=maybe", nil, 400),
            ("GET", "/retained?filter=a%23", nil, 400), ("GET", "/clients/nobody", nil, 404),
            ("POST", "/publish", "{", 400), ("POST", "/publish", "{\"payload\":\"x\"}", 400),
            ("POST", "/publish", "{\"topic\":\"a/%23\",\"qos\":7}", 422),
            ("POST", "/publish", "{\"topic\":\"a/#\"}", 422), ("GET", "/users", nil, 501),
            ("GET", "/nothing", nil, 404),
        ] as [(String, String, String?, Int)])
    func mistakes(method: String, path: String, body: String?, expected: Int) async throws {
        try await RunningAdministration.with { running async throws in
            let method = try #require(HTTPRequestMethod(rawValue: method))
            let (status, text) = try await running.call(method, "/api/v1" + path, body: body)
            #expect(status == expected && text.hasPrefix("{\"error\":\""), "\(status) \(text)")
        }
    }

    @Test("Every change is written down, those that were refused among them; looking at lists is not")
    func audit() async throws {
        try await RunningAdministration.with { running async throws in
            _ = try await running.call(.get, "/api/v1/clients")
            _ = try await running.call(.delete, "/api/v1/sessions/alice", as: .operate)
            _ = try await running.call(.delete, "/api/v1/sessions/alice", as: .read)
            _ = try await running.call(.delete, "/api/v1/sessions/alice", as: nil)
            let entries = running.audit.entries.withLock { $0 }
            #expect(entries.map(\.action) == [.administration, .administration, .administration])
            #expect(entries.map(\.userName) == ["the-operate", "the-read", nil])
            let details = [404, 403, 401].map { "endSession: \($0): /api/v1/sessions/alice" }
            #expect(entries.map(\.detail) == details)
        }
    }

    @Test(
        "The audit log says what was published, asked, set and seen, without payloads, and who had no token")
    func auditDetails() async throws {
        try await RunningAdministration.with { running async throws in
            let body = "{\"topic\":\"a/b\",\"payload\":\"secret\",\"qos\":1,\"retain\":true}"
            _ = try await running.call(.post, "/api/v1/publish", body: body)
            _ = try await running.call(.post, "/api/v1/publish", body: "{\"topic\":\"a/#\"}")
            _ = try await running.call(.get, "/api/v1/retained/message?topic=a/b")
            _ = try await running.call(
                .put, "/api/v1/log-levels", body: "{\"area\":\"all\",\"level\":\"debug\"}")
            _ = try await running.call(.get, "/api/v1/clients", as: nil)
            let details = running.audit.entries.withLock { $0.map(\.detail) }
            #expect(
                details == [
                    "publish: 204: /api/v1/publish: topic a/b, QoS 1, retained, 6 bytes",
                    "publish: 422: /api/v1/publish: topic a/#, QoS 0, 0 bytes",
                    "retainedMessage: 200: /api/v1/retained/message?topic=a/b",
                    "setLogLevel: 501: /api/v1/log-levels: all: debug",
                    "clients: 401: /api/v1/clients",
                ])
        }
    }

    @Test("A note of the audit log is bounded")
    func longNote() {
        let note = AuditNote()
        note.write(String(repeating: "x", count: 70_000))
        #expect(note.text.count == 503)
    }

    private struct Unchanging: ConfigurationControl {
        var problems: [String]

        func running() async -> [SettingEntry] { [] }
        func pending() async -> ConfigurationDifference { ConfigurationDifference(changes: [], problems: []) }
        func reload() async -> ConfigurationDifference {
            ConfigurationDifference(changes: [.example], problems: problems)
        }
    }

    @Test(
        "A reload that fails answers 422 with what is wrong, and that is in the audit log",
        arguments: [[], ["x", "y"]])
    func reloads(problems: [String]) async throws {
        var control = ServerControl()
        control.configuration = Unchanging(problems: problems)
        try await RunningAdministration.with(control: control) { running async throws in
            let (status, text) = try await running.call(.post, "/api/v1/configuration/reload")
            #expect(status == (problems.isEmpty ? 200 : 422))
            #expect(text.contains("\"error\":\"nothing changes: x; y\"") != problems.isEmpty, "\(text)")
            let details = running.audit.entries.withLock { $0.map(\.detail) }
            let outcome = problems.isEmpty ? "log.level" : "nothing changes: x; y"
            #expect(details == ["reloadConfiguration: \(status): /api/v1/configuration/reload: \(outcome)"])
        }
    }

    @Test("Who follows is told what happens, and messages of a filter by size alone")
    func trace() async throws {
        let hub = EventHub()
        #expect(hub.follow(LeftOut()) != nil)
        let leftOut = LeftOut()
        let follower = try #require(hub.follow(leftOut))
        let client = Event.Client(
            identifier: "c", userName: "u", peer: Peer(address: "192.0.2.1:5", listener: "mqtt://test"))
        hub.publish(.clientRefused(client, .banned, detail: "why"))
        var events = follower.makeAsyncIterator()
        let event = try #require(await events.next())
        let line = TraceLine(event)
        #expect(line.event == "refused" && line.reason == "banned" && line.user == "u")
        #expect(TraceFilter(client: "c").takes(line) && !TraceFilter(client: "d").takes(line))
        #expect(TraceFilter(address: "192.0.2.1").takes(line))
        #expect(!TraceFilter(address: "192.0.2.10").takes(line))
        let message = TraceLine(Message(topicName: "a", payload: ByteBuffer(string: "12345")))
        #expect(message.payloadBytes == 5 && message.topic == "a")
        #expect(leftOut.take() == 0)
        for _ in 0..<(EventHub.capacity + 7) { hub.publish(.publishersHeld(by: "c")) }
        #expect(leftOut.take() == 7 && leftOut.take() == 0, "counted once")
    }

    @Test("No more than a few may follow at a time, and places become free again")
    func followers() async throws {
        let hub = EventHub()
        var all = (0..<EventHub.maximum).map { _ in hub.follow(LeftOut()) }
        #expect(all.allSatisfy { $0 != nil } && hub.follow(LeftOut()) == nil)
        all.removeAll()
        #expect(hub.follow(LeftOut()) != nil)
    }

    @Test("The OpenAPI document has every operation, and a schema for whatever it refers to")
    func document() async throws {
        try await RunningAdministration.with { running async throws in
            let text = try await running.call(.get, "/api/v1/openapi.json").text
            let management = Management(
                broker: running.broker, registry: MetricsRegistry(), hub: EventHub(),
                control: ServerControl(),
                version: "")
            let endpoints = Endpoints.all(management)
            #expect(Set(endpoints.map(\.name)).count == endpoints.count, "names are unique")
            for endpoint in endpoints { #expect(text.contains("\"operationId\":\"\(endpoint.name)\"")) }
            for reference in text.matches(of: /#\/components\/schemas\/(\w+)/) {
                #expect(text.contains("\"\(reference.1)\":{\"type\":\"object\""), "\(reference.1)")
            }
        }
    }

    @Test("A token is known by its hash alone, and its file is read again when it changes")
    func tokens() throws {
        let (token, secret) = AdminToken.make(name: "me", role: .operate)
        #expect(secret.hasPrefix("mt_") && secret.count == 46)
        #expect(AdminToken(line: token.line) == token && !token.line.contains(secret))
        #expect(token.matches(hash: AdminToken.hash(of: secret)))
        #expect(!token.matches(hash: AdminToken.hash(of: secret + "x")))
        for line in ["", "a:read", "a:boss:00", "a:read:00", "a b:read:" + String(repeating: "0", count: 64)]
        {
            #expect(AdminToken(line: line) == nil, "\(line)")
        }
    }
}

import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import MQTTBroker
import NIOCore
import Synchronization
import Testing

@testable import MQTTManagement

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A broker and its administration for the time of a test, without a socket between.
struct RunningAdministration {
    let broker: Broker
    let http: any TestClientProtocol
    let audit: AuditList
    /// A token for each role.
    let secrets: [AdminRole: String]

    final class AuditList: AuditLog {
        let entries = Mutex<[AuditEntry]>([])
        func record(_ entry: AuditEntry) { entries.withLock { $0.append(entry) } }
    }

    static func with(
        control: ServerControl = ServerControl(), asksForTokenEverywhere: Bool = false,
        _ body: @Sendable (RunningAdministration) async throws -> Void
    ) async throws {
        let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        var configuration = BrokerConfiguration()
        configuration.engine.systemTopicInterval = 0
        let hub = EventHub()
        let broker = Broker(configuration: configuration, logger: silent, observer: { hub.publish($0) })
        _ = try await broker.start()
        let directory = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appending(path: "tokens").path
        let made = AdminRole.allCases.map { ($0, AdminToken.make(name: "the-\($0)", role: $0)) }
        try AdminTokenFile.write(made.map(\.1.token), to: file)
        let audit = AuditList()
        let server = AdminServer(
            AdminConfiguration(
                host: "127.0.0.1", port: 0, tls: nil, asksForTokenEverywhere: asksForTokenEverywhere),
            Management(
                broker: broker, registry: MetricsRegistry(), hub: hub, control: control, version: "1.2.3"),
            tokens: AdminTokenFile(path: file), audit: audit, logger: silent)
        let secrets = Dictionary(uniqueKeysWithValues: made.map { ($0.0, $0.1.secret) })
        do {
            try await Application(router: server.router(), logger: silent).test(.router) { http in
                try await body(Self(broker: broker, http: http, audit: audit, secrets: secrets))
            }
        } catch {
            await broker.stop()
            throw error
        }
        await broker.stop()
    }

    /// Sends a request to the API, and gives status and body.
    func call(
        _ method: HTTPRequest.Method = .get, _ path: String, as role: AdminRole? = .admin, body: String? = nil
    ) async throws -> (status: Int, text: String) {
        var headers = HTTPFields()
        if let role { headers[.authorization] = "Bearer \(secrets[role] ?? "")" }
        return try await http.execute(
            uri: path.hasPrefix("/api") || !path.hasPrefix("/") ? path : path, method: method,
            headers: headers,
            body: body.map { ByteBuffer(string: $0) }
        ) { (Int($0.status.code), String(buffer: $0.body)) }
    }

    /// The same, with the answer read.
    func get<Value: Decodable>(_ type: Value.Type, _ path: String, as role: AdminRole = .admin) async throws
        -> Value
    {
        let (status, text) = try await call(.get, "/api/v1" + path, as: role)
        #expect(status == 200, "\(path): \(text)")
        return try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}

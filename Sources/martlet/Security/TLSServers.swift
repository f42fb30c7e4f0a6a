import MQTTAuth
import MQTTBroker

/// The servers' sides of TLS that listeners need: one for all that want the same.
struct TLSServers: Sendable {
    private let servers: [TLSServer]
    /// In the order of the listeners; nil for those without TLS.
    private let ofListeners: [TLSServer?]

    /// - Throws: the first thing that is wrong with a file.
    init(_ configuration: ServerConfiguration) throws(FileProblem) {
        var known: [TLSSettings: TLSServer] = [:]
        var all: [TLSServer] = []
        var ofListeners: [TLSServer?] = []
        // What is for all listeners is looked at even where none uses it: a mistake is better told now.
        for settings in configuration.listenerTLS + [configuration.tls.settings] {
            guard let settings else {
                ofListeners.append(nil)
                continue
            }
            if known[settings] == nil {
                let server = try Self.told { () throws(TLSProblem) in try TLSServer(settings) }
                known[settings] = server
                all.append(server)
            }
            ofListeners.append(known[settings])
        }
        servers = all
        self.ofListeners = Array(ofListeners.dropLast())
    }

    private static func told<Value>(_ body: () throws(TLSProblem) -> Value) throws(FileProblem) -> Value {
        do {
            return try body()
        } catch {
            throw FileProblem(path: error.path, message: error.message)
        }
    }

    var paths: [String] { servers.flatMap(\.settings.paths) }

    var keys: [String] { servers.flatMap { $0.settings.identities.map(\.privateKey) } }

    var warnings: [String] { servers.flatMap { $0.warnings.map(\.description) } }

    var asksForCertificates: Bool { servers.contains { $0.settings.clientCertificates != .off } }

    func secure(_ listeners: inout [ListenerConfiguration]) {
        for (index, server) in zip(listeners.indices, ofListeners) { listeners[index].tls = server }
    }

    /// Reads all files again, and changes nothing yet.
    func read() throws(FileProblem) -> [TLSServer.Material] {
        var materials: [TLSServer.Material] = []
        for server in servers {
            materials.append(try Self.told { () throws(TLSProblem) in try server.read() })
        }
        return materials
    }

    func take(_ materials: [TLSServer.Material]) -> TLSServer.Change {
        var change = TLSServer.Change(certificate: false, clientAuthorities: false)
        for (server, material) in zip(servers, materials) {
            let found = server.take(material)
            change.certificate = change.certificate || found.certificate
            change.clientAuthorities = change.clientAuthorities || found.clientAuthorities
        }
        return change
    }

    /// The numbers of the connections whose certificate would not be accepted any more.
    func refusedConnections() async -> Set<UInt64> {
        var refused: Set<UInt64> = []
        for server in servers { refused.formUnion(await server.refusedConnections()) }
        return refused
    }
}

import MQTTAuth
import MQTTBroker
import MQTTTLS
import Synchronization

/// The servers' sides of TLS that listeners need, each its own, and that of the administration listener.
final class TLSServers: Sendable {
    /// What was read from files for all of them, and who is to take it.
    struct Plan: Sendable {
        fileprivate struct Entry {
            var url: ListenerURL
            var server: TLSServer
            var material: TLSServer.Material
        }

        /// In the order of the listeners; nil for those without TLS.
        fileprivate var entries: [Entry?]
        fileprivate var admin: (server: TLSServer, material: TLSServer.Material)?
        fileprivate var settings: [TLSSettings]

        /// Gives TLS to the listeners that want it.
        func secure(_ listeners: inout [ListenerConfiguration]) {
            for (index, entry) in zip(listeners.indices, entries) { listeners[index].tls = entry?.server }
        }
    }

    private let state: Mutex<Plan>

    /// - Throws: the first thing that is wrong with a file.
    init(_ configuration: ServerConfiguration) throws(FileProblem) {
        state = Mutex(try Self.plan(configuration, before: nil))
    }

    /// Reads all files that a configuration names, and changes nothing yet.
    ///
    /// - Throws: the first thing that is wrong with a file.
    func read(_ configuration: ServerConfiguration) throws(FileProblem) -> Plan {
        try Self.plan(configuration, before: state.withLock { $0 })
    }

    private static func plan(
        _ configuration: ServerConfiguration, before old: Plan?
    ) throws(FileProblem) -> Plan {
        // Many listeners may have the same files, which are read once.
        var materials: [TLSSettings: TLSServer.Material] = [:]
        var order: [TLSSettings] = []
        func material(_ settings: TLSSettings) throws(FileProblem) -> TLSServer.Material {
            if let known = materials[settings] { return known }
            let new = try read(settings)
            materials[settings] = new
            order.append(settings)
            return new
        }
        var left = (old?.entries ?? []).compactMap { $0 }
        var entries: [Plan.Entry?] = []
        for (url, settings) in configuration.listenerTLS {
            guard let settings else {
                entries.append(nil)
                continue
            }
            let material = try material(settings)
            let known = left.firstIndex { $0.url == url }.map { left.remove(at: $0).server }
            entries.append(
                Plan.Entry(url: url, server: known ?? TLSServer(material), material: material))
        }
        // What is for all listeners is looked at even where none uses it: a mistake is better told now.
        if let settings = configuration.tls.settings { _ = try material(settings) }
        var plan = Plan(entries: entries, settings: [])
        if configuration.admin.address?.isSecure == true, let settings = configuration.adminTLS {
            let material = try material(settings)
            plan.admin = (old?.admin?.server ?? TLSServer(material), material)
        }
        plan.settings = order
        return plan
    }

    private static func read(_ settings: TLSSettings) throws(FileProblem) -> TLSServer.Material {
        do {
            return try TLSServer.Material(settings)
        } catch {
            throw FileProblem(path: error.path, message: error.message)
        }
    }

    /// That of the administration listener; nil: it has none.
    var admin: TLSServer? { state.withLock { $0.admin?.server } }

    var keys: [String] { identities.map(\.privateKey) }

    /// The files of the certificates that are shown.
    var certificates: [String] { identities.map(\.certificate) }

    private var identities: [TLSSettings.Identity] {
        var known: Set<TLSSettings.Identity> = []
        return state.withLock { $0.settings }.flatMap(\.identities).filter { known.insert($0).inserted }
    }

    var warnings: [String] {
        var known: Set<String> = []
        return (servers + (admin.map { [$0] } ?? [])).flatMap { $0.warnings.map(\.description) }
            .filter { known.insert($0).inserted }
    }

    private var servers: [TLSServer] { state.withLock { plan in plan.entries.compactMap { $0?.server } } }

    func secure(_ listeners: inout [ListenerConfiguration]) {
        state.withLock { $0 }.secure(&listeners)
    }

    /// Takes what was read into use. Returns what has changed for any of them.
    func take(_ plan: Plan) -> TLSServer.Change {
        var change = TLSServer.Change()
        for entry in plan.entries.compactMap({ $0 }) { change.add(entry.server.take(entry.material)) }
        if let admin = plan.admin {
            let found = admin.server.take(admin.material)
            change.certificate = change.certificate || found.certificate
        }
        state.withLock { $0 = plan }
        return change
    }

    /// The numbers of the connections that would not be let in any more: with their certificate, or without one.
    func refusedConnections() async -> Set<UInt64> {
        var refused: Set<UInt64> = []
        for server in servers { refused.formUnion(await server.refusedConnections()) }
        return refused
    }
}

extension ServerConfiguration {
    /// The files that TLS is made from.
    var tlsPaths: [String] {
        var all = listenerTLS.compactMap(\.1)
        if let settings = tls.settings { all.append(settings) }
        if admin.address?.isSecure == true, let settings = adminTLS { all.append(settings) }
        return all.flatMap(\.paths)
    }
}

import MQTTBroker
import Yams

/// Reads the configuration file. Every error is kept, with its line, so that one run shows them all.
struct YAMLConfiguration {
    private let name: String
    private(set) var layer = ConfigurationLayer()
    private let settings: [String: Setting<ServerConfiguration>]
    private let sections: Set<String>

    /// - Parameter name: how messages call the file.
    init(name: String, text: String) {
        self.name = name
        settings = Dictionary(uniqueKeysWithValues: Settings.all.map { ($0.path, $0) })
        sections = Set(Settings.sections)
        guard !MosquittoFormat.isLikely(text) else {
            layer.problems.append(.init(origin: nil, path: name, message: MosquittoFormat.explanation))
            return
        }
        do {
            // Without rules for tags: settings know their types, and `no` must not become a boolean.
            guard let root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot() else {
                return
            }
            readSection("", root)
        } catch let error as YamlError {
            layer.problems.append(YAMLProblem(error).problem(in: name))
        } catch {
            layer.problems.append(.init(origin: nil, path: name, message: "\(error)"))
        }
    }

    private mutating func readSection(_ path: String, _ node: Node) {
        // A heading whose settings are all commented out.
        if isNothing(node) { return }
        guard case .mapping(let mapping) = node else {
            let expected = path.isEmpty ? "settings" : "the settings of \(path)"
            return complain(
                node, path, "expected \(expected), as lines of \"name: value\", not \(kind(node))")
        }
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                complain(key, path, "expected the name of a setting, not \(kind(key))")
                continue
            }
            let here = path.isEmpty ? scalar.string : path + "." + scalar.string
            if here == Settings.listenersPath {
                readListeners(value)
            } else if here == YAMLAccessRules.path {
                readRules(value)
            } else if here == Self.rolesPath {
                readRoles(value)
            } else if sections.contains(here) {
                readSection(here, value)
            } else if let setting = settings[here] {
                if let text = text(of: value, here, setting.kind) {
                    layer.set(setting, to: text, at: origin(value))
                }
            } else {
                complain(key, here, "there is no such setting" + Settings.meant(by: here))
            }
        }
    }

    private static let rolesPath = "authorization.roles"

    private mutating func readRules(_ node: Node) {
        layer.access = layer.access ?? AccessSection()
        layer.access?.hasRules = true
        if isNothing(node) { return }
        let read = YAMLAccessRules(node, file: name)
        layer.access?.rules = read.rules
        layer.problems += read.problems
    }

    private mutating func readRoles(_ node: Node) {
        layer.access = layer.access ?? AccessSection()
        if isNothing(node) { return }
        guard case .mapping(let mapping) = node else {
            return complain(
                node, Self.rolesPath, "expected lines of \"role: [user, user]\", not \(kind(node))")
        }
        for (key, value) in mapping {
            guard let role = key.scalar?.string, let users = YAMLAccessRules.texts(value) else {
                complain(value, Self.rolesPath, "expected a role's name and a list of users")
                continue
            }
            layer.access?.roles[MQTTString(role)] = users.map { MQTTString($0) }
        }
    }

    private mutating func readListeners(_ node: Node) {
        if isNothing(node) { return }
        guard case .sequence(let sequence) = node else {
            return complain(
                node, Settings.listenersPath, "expected a list, as lines of \"- url: URL\", not \(kind(node))"
            )
        }
        layer.listeners = layer.listeners ?? []
        for (index, element) in sequence.enumerated() {
            let path = "\(Settings.listenersPath)[\(index)]"
            switch element {
            case .mapping(let mapping): readListener(path, mapping, origin(element))
            case .scalar(let scalar): layer.listen(on: scalar.string, at: origin(element), path: path)
            default: complain(element, path, "expected a URL or \"url: URL\", not \(kind(element))")
            }
        }
    }

    private mutating func readListener(_ path: String, _ mapping: Node.Mapping, _ start: ConfigurationOrigin)
    {
        var entry = ListenerEntry(origin: start)
        var isGiven: Set<String> = []
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            let here = path + "." + name
            guard let setting = Settings.listener.first(where: { $0.path == name }) else {
                let meant = Spelling.nearest(to: name, among: Settings.listener.map(\.path))
                complain(
                    key, here, "there is no such setting" + (meant.map { "; did you mean \($0)?" } ?? ""))
                continue
            }
            isGiven.insert(name)
            guard let text = text(of: value, here, setting.kind) else { continue }
            do {
                setting.write(&entry, try setting.value(of: text))
            } catch {
                complain(value, here, error.message)
            }
        }
        guard isGiven.contains(Settings.listenerURL.path) else {
            layer.problems.append(.init(origin: start, path: path, message: "a listener needs a url"))
            return
        }
        if entry.url != nil { layer.listeners?.append(entry) }
    }

    private mutating func text(of node: Node, _ path: String, _ kind: SettingKind) -> String? {
        switch kind {
        case .words, .addressRanges, .topicDurability:
            if case .sequence = node, let list = YAMLAccessRules.texts(node) {
                return list.joined(separator: ", ")
            }
        default: break
        }
        guard case .scalar(let scalar) = node else {
            complain(node, path, "expected \(kind.explanation), not \(self.kind(node))")
            return nil
        }
        if isNothing(node) {
            complain(node, path, "has no value; leave the line out for the default")
            return nil
        }
        return scalar.string
    }

    private mutating func complain(_ node: Node, _ path: String, _ message: String) {
        layer.problems.append(.init(origin: origin(node), path: path, message: message))
    }

    private func origin(_ node: Node) -> ConfigurationOrigin {
        .file(name, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    private func isNothing(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }

    private func kind(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar): "\"\(scalar.string)\""
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}

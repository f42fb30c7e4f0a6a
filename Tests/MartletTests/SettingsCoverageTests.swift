import MQTTBroker
import MQTTEngine
import Testing

@testable import martlet

/// No field of the configurations of engine and broker may be out of reach.
@Suite struct SettingsCoverageTests {
    private static func fields(_ value: Any) -> [String: String] {
        var fields: [String: String] = [:]
        for child in Mirror(reflecting: value).children {
            if let label = child.label { fields[label] = "\(child.value)" }
        }
        return fields
    }

    /// Another value than the default that the setting takes.
    private static func other(_ setting: Setting<ServerConfiguration>) throws -> SettingValue {
        let standard = setting.read(ServerConfiguration())
        switch setting.kind {
        case .boolean: return .boolean(standard == .boolean(false))
        case .count(let range), .size(let range), .duration(let range, _):
            return standard == .number(range.lowerBound)
                ? .number(range.lowerBound + 1) : .number(range.lowerBound)
        case .choice(let words): return .text(try #require(words.first { .text($0) != standard }))
        default: return .text("other")
        }
    }

    @Test("Every field of the limits, the offer, the engine and the broker has a setting that changes it")
    func everyFieldHasASetting() throws {
        var changed: Set<String> = []
        let before = ServerConfiguration()
        for setting in Settings.all {
            var after = before
            // Without it the kind of redirection makes no difference.
            if setting.path == "offer.redirection.permanent" { after.serverReference = "elsewhere" }
            let start = after
            let value = try Self.other(setting)
            setting.write(&after, value)
            #expect(setting.read(after) == value, "\(setting.path) is read as it was written")
            #expect(after != start, "\(setting.path) changes something")
            let (old, new) = (start.brokerConfiguration.engine, after.brokerConfiguration.engine)
            for (name, text) in Self.fields(new.limits) where Self.fields(old.limits)[name] != text {
                changed.insert("limits." + name)
            }
            for (name, text) in Self.fields(new.offer) where Self.fields(old.offer)[name] != text {
                changed.insert("offer." + name)
            }
            for (name, text) in Self.fields(after.broker.defence)
            where Self.fields(start.broker.defence)[name] != text { changed.insert("defence." + name) }
            let (oldBroker, newBroker) = (Self.fields(start.broker), Self.fields(after.broker))
            for (name, text) in newBroker where oldBroker[name] != text { changed.insert("broker." + name) }
            for (name, text) in Self.fields(new) where Self.fields(old)[name] != text { changed.insert(name) }
        }
        let limits = Self.fields(Limits()).keys.map { "limits." + $0 }
        let offer = Self.fields(ServerOffer()).keys.map { "offer." + $0 }
        // Listeners are no setting but a list of their own.
        let broker = Self.fields(BrokerConfiguration()).keys.map { "broker." + $0 }.filter {
            $0 != "broker.listeners"
        }
        let defence = Self.fields(DefenceLimits()).keys.map { "defence." + $0 }
        let wanted = Set(defence + limits + offer + broker + Self.fields(EngineConfiguration()).keys)
        #expect(wanted.count > 35)
        #expect(wanted.subtracting(changed).sorted() == [], "fields that no setting changes")
    }

    @Test("Names and environment variables are one to one")
    func uniqueNames() {
        #expect(Set(Settings.all.map(\.path)).count == Settings.all.count)
        #expect(Set(Settings.all.map(\.environmentVariable)).count == Settings.all.count)
        let limits = Settings.limits.map(\.environmentVariable)
        #expect(limits.contains("MARTLET_LIMITS_PACKET_SIZE"))
    }

    @Test("Every default lies within its bounds, and reads back as it is written")
    func defaults() throws {
        for setting in Settings.all where setting.defaultNote == nil {
            let standard = setting.read(ServerConfiguration())
            let text = setting.text(standard)
            if text == "\"\"" {
                #expect(try setting.value(of: "") == standard, "\(setting.path)")
            } else {
                #expect(try setting.value(of: text) == standard, "\(setting.path)")
            }
        }
    }

    @Test("The bounds themselves are taken, one beyond is not")
    func bounds() throws {
        for setting in Settings.all {
            guard let range = Self.range(setting.kind) else { continue }
            for number in [range.lowerBound, range.upperBound] {
                let text = setting.kind.text(number)
                let value = try setting.value(of: text)
                #expect(value == .number(number), "\(setting.path): \(text)")
                var configuration = ServerConfiguration()
                setting.write(&configuration, value)
                #expect(setting.read(configuration) == value, "\(setting.path) holds \(text)")
            }
            for number in [range.lowerBound - 1, range.upperBound + 1] {
                #expect(throws: ValueProblem.self, "\(setting.path): \(number)") {
                    try setting.value(of: String(number))
                }
            }
        }
    }

    private static func range(_ kind: SettingKind) -> ClosedRange<Int>? {
        switch kind {
        case .count(let range), .size(let range), .duration(let range, _): range
        default: nil
        }
    }
}

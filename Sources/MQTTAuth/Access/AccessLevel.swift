/// A level of a topic filter, MQTT 5.0 section 4.7.
enum AccessLevel: Sendable, Hashable {
    case name(ArraySlice<UInt8>)
    /// `+`
    case anyName
    /// `#`
    case anyRest

    static func levels(of filter: ArraySlice<UInt8>) -> [AccessLevel] {
        filter.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { part in
            switch part {
            case [UInt8(ascii: "+")]: .anyName
            case [UInt8(ascii: "#")]: .anyRest
            default: .name(part)
            }
        }
    }

    private var isWildcard: Bool {
        if case .name = self { false } else { true }
    }

    var startsWithDollar: Bool {
        if case .name(let name) = self { name.first == UInt8(ascii: "$") } else { false }
    }

    /// [MQTT-4.7.2-1]: a wildcard at the beginning does not stand for what begins with `$`.
    private static func isKeptOut(_ wildcard: AccessLevel?, _ other: AccessLevel?) -> Bool {
        guard let wildcard, let other else { return false }
        return wildcard.isWildcard && other.startsWithDollar
    }

    /// Whether every topic that `filter` matches, `rule` matches too.
    static func covers(_ rule: [AccessLevel], _ filter: [AccessLevel]) -> Bool {
        if isKeptOut(rule.first, filter.first) { return false }
        for (index, level) in rule.enumerated() {
            if level == .anyRest { return true }
            guard index < filter.count else { return false }
            switch (level, filter[index]) {
            case (_, .anyRest): return false
            case (.anyName, _): continue
            case (.name(let mine), .name(let other)): if mine != other { return false }
            default: return false
            }
        }
        return rule.count == filter.count
    }

    /// Whether there is a topic that both match.
    static func overlap(_ one: [AccessLevel], _ other: [AccessLevel]) -> Bool {
        if isKeptOut(one.first, other.first) || isKeptOut(other.first, one.first) { return false }
        for index in 0..<min(one.count, other.count) {
            switch (one[index], other[index]) {
            case (.anyRest, _), (_, .anyRest): return true
            case (.name(let mine), .name(let its)): if mine != its { return false }
            default: continue
            }
        }
        if one.count == other.count { return true }
        // "sport/#" also matches "sport".
        let (short, long) = one.count < other.count ? (one, other) : (other, one)
        return long[short.count] == .anyRest
    }
}

/// What a setting takes, with its unit and bounds.
enum SettingKind: Sendable, Equatable {
    case boolean
    case count(ClosedRange<Int>)
    /// In bytes.
    case size(ClosedRange<Int>)
    /// In the unit given.
    case duration(ClosedRange<Int>, TimeUnit)
    case choice([String])
    /// UTF-8 of at most so many bytes.
    case text(maximumBytes: Int)
    /// An absolute or relative path.
    case path
    case listenerURL
    /// Networks in CIDR notation, with commas between.
    case addressRanges
    /// Some of these words, in any order.
    case words([String])
    /// Topic filters, each with a durability: `FILTER=MODE`, with commas between.
    case topicDurability
    /// The permission bits of a file, in octal.
    case fileMode

    /// A few words for messages and the reference: "a size, 1KiB to 256MiB".
    var explanation: String {
        switch self {
        case .boolean: "`true` or `false`"
        case .count(let range): "a number, \(range.lowerBound) to \(range.upperBound)"
        case .size(let range): "a size, \(text(range.lowerBound)) to \(text(range.upperBound))"
        case .duration(let range, let unit):
            "a duration in \(unit.name), \(text(range.lowerBound)) to \(text(range.upperBound))"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .text(let maximumBytes): "text, at most \(maximumBytes) bytes"
        case .path: "a path"
        case .listenerURL: "a URL"
        case .words(let words): "some of " + words.map { "`\($0)`" }.joined(separator: ", ")
        case .addressRanges: "addresses or ranges of them, such as `192.0.2.1, 2001:db8::/32`"
        case .topicDurability: "a list such as `[status/#=memory, orders/#=synced]`"
        case .fileMode: "an octal file mode, `0000` to `0777`"
        }
    }

    /// A number as a person would write it.
    func text(_ number: Int) -> String {
        switch self {
        case .size: QuantityUnit.text(number, QuantityUnit.sizes)
        case .duration(_, .seconds) where number == 0: "0s"
        case .duration(_, let unit): QuantityUnit.text(number * unit.milliseconds, QuantityUnit.durations)
        case .fileMode: "0" + String(number, radix: 8)
        default: String(number)
        }
    }
}

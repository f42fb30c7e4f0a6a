import MQTTCodec

/// The names of topic levels, each kept once and known by a number: trees compare numbers.
struct LevelNames: ~Copyable {
    /// `+` and `#`, which are levels of filters and never of topics.
    static let singleLevelWildcard: UInt32 = 0
    static let multiLevelWildcard: UInt32 = 1
    /// Stands for a name that no tree has.
    static let unknown = UInt32.max

    private struct Name {
        var bytes: [UInt8]
        var uses: Int
    }

    private var numbers: ByteTable
    private var names: [Name] = []
    private var free: [UInt32] = []

    init(hasher: ByteHash) {
        numbers = ByteTable(hasher: hasher)
        _ = use([UInt8(ascii: "+")].span)
        _ = use([UInt8(ascii: "#")].span)
    }

    /// The number of a name, or ``unknown``.
    func find(_ name: Span<UInt8>) -> UInt32 { numbers.find(name) ?? Self.unknown }

    func bytes(of number: UInt32) -> [UInt8] { names[Int(number)].bytes }

    /// Whether a first level of this name hides its topics from leading wildcards [MQTT-4.7.2-1].
    func beginsWithDollar(_ number: UInt32) -> Bool { names[Int(number)].bytes.first == UInt8(ascii: "$") }

    /// The number of a name, which counts as used once more.
    mutating func use(_ name: Span<UInt8>) -> UInt32 {
        if let number = numbers.find(name) {
            names[Int(number)].uses += 1
            return number
        }
        let entry = Name(bytes: MQTTString(copying: name).bytes, uses: 1)
        let number: UInt32
        if let place = free.popLast() {
            number = place
            names[Int(number)] = entry
        } else {
            number = UInt32(names.count)
            names.append(entry)
        }
        numbers.set(name, number)
        return number
    }

    /// Takes one use back; the last one forgets the name.
    mutating func release(_ number: UInt32) {
        names[Int(number)].uses -= 1
        guard names[Int(number)].uses == 0 else { return }
        let bytes = names[Int(number)].bytes
        numbers.remove(bytes.span)
        names[Int(number)].bytes = []
        free.append(number)
    }
}

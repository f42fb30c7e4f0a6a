import NIOCore

/// What becomes of one connection through a ``FaultProxy``.
struct Fault: Sendable {
    enum End: Sendable {
        /// Both sides see it end.
        case cut
        /// Nobody sees anything: bytes just do not arrive any more.
        case halfOpen
    }

    /// Bytes that pass from the client, and to it, before the end.
    var fromClient: Int
    var toClient: Int
    var end: End
    /// Whether segments are cut into pieces, each with a delay of its own, so that the two directions overtake each
    /// other.
    var isJittery: Bool

    static let none = Fault(fromClient: .max, toClient: .max, end: .cut, isJittery: false)

    /// Any that there can be.
    static func random(using random: inout SplitMix) -> Fault {
        Fault(
            fromClient: .random(in: 60...1_200, using: &random),
            toClient: .random(in: 30...1_200, using: &random),
            end: Int.random(in: 0..<25, using: &random) == 0 ? .halfOpen : .cut,
            isJittery: .random(using: &random))
    }
}

/// Random numbers that come again with their seed.
struct SplitMix: RandomNumberGenerator, Sendable {
    private(set) var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

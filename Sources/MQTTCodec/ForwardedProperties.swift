/// Up to three ranges of bytes: the properties of a PUBLISH around its Topic Alias and its Message Expiry.
public struct ForwardedProperties: Sendable {
    @usableFromInline
    var first = 0..<0
    @usableFromInline
    var second = 0..<0
    @usableFromInline
    var third = 0..<0

    @inlinable
    public init() {}

    /// How many bytes they are together.
    @inlinable
    public var count: Int { first.count + second.count + third.count }

    /// All of them as one range, where they are.
    @inlinable
    public var contiguous: Range<Int>? { second.isEmpty ? first : nil }

    /// Adds a range behind the last; it grows the last one where it follows without a gap.
    public mutating func append(_ range: Range<Int>) {
        if first.isEmpty || first.upperBound == range.lowerBound {
            first = (first.isEmpty ? range.lowerBound : first.lowerBound)..<range.upperBound
        } else if second.isEmpty || second.upperBound == range.lowerBound {
            second = (second.isEmpty ? range.lowerBound : second.lowerBound)..<range.upperBound
        } else {
            third = (third.isEmpty ? range.lowerBound : third.lowerBound)..<range.upperBound
        }
    }

    /// Calls `body` with each range that has bytes.
    @inlinable
    public func forEach(_ body: (Range<Int>) -> Void) {
        if !first.isEmpty { body(first) }
        if !second.isEmpty { body(second) }
        if !third.isEmpty { body(third) }
    }
}

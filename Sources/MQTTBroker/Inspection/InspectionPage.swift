/// A page of a table that is too long to be had at once.
public struct InspectionPage<Element: Sendable>: Sendable {
    public var elements: [Element]
    /// Where the next page begins; nil: this was the last.
    public var next: InspectionCursor?
}

extension InspectionPage: Equatable where Element: Equatable {}

/// Where a page begins. It stays good while the broker runs: entries that come and go between two pages may or
/// may not be seen, all others are seen once.
public struct InspectionCursor: Sendable, Hashable {
    var shard: Int
    var place: Int

    static let start = Self(shard: 0, place: 0)
}

extension InspectionCursor: LosslessStringConvertible {
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let shard = parts[0], let place = parts[1], shard >= 0, place >= 0 else {
            return nil
        }
        self.init(shard: shard, place: place)
    }

    public var description: String { "\(shard).\(place)" }
}

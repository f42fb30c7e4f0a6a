/// What a look at one slice of a shard's table has found.
///
/// Tables are looked at a slice at a time, so that a million entries stall nobody: the caller goes on at
/// ``next`` in another turn of the event loop. Places never move; what comes and goes between two slices may
/// or may not be seen, everything else is seen once.
public struct InspectionSlice<Element: Sendable>: Sendable {
    public var elements: [Element]
    /// The place to go on at; nil: that was all.
    public var next: Int?

    public init(elements: [Element] = [], next: Int? = nil) {
        self.elements = elements
        self.next = next
    }
}

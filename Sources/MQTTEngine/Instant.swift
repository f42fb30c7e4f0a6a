/// A moment of the clock that the engine is given: milliseconds since any fixed point, never going back.
///
/// The engine has no clock of its own; whoever drives a ``Shard`` says what time it is with every event.
public struct Instant: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    @inlinable
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    @inlinable
    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    @inlinable
    public func advanced(milliseconds: Int64) -> Self { Self(milliseconds: self.milliseconds + milliseconds) }

    @inlinable
    public func advanced(seconds: Int64) -> Self { advanced(milliseconds: seconds * 1000) }

    /// Milliseconds from `earlier` to this.
    @inlinable
    public func milliseconds(since earlier: Self) -> Int64 { milliseconds - earlier.milliseconds }
}

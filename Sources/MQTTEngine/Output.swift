import NIOCore

/// Bytes for one connection, in order: mostly a single buffer, more where large payloads go out as slices.
public struct Output: Sendable {
    public var first: ByteBuffer
    public var rest: [ByteBuffer]

    @inlinable
    public init(first: ByteBuffer = ByteBuffer(), rest: [ByteBuffer] = []) {
        self.first = first
        self.rest = rest
    }

    public var isEmpty: Bool { first.readableBytes == 0 && rest.isEmpty }

    public var count: Int { rest.reduce(first.readableBytes) { $0 + $1.readableBytes } }
}

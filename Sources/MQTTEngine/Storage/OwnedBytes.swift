/// Bytes in an allocation of exactly their size, with one owner: what outlives the buffer it arrived in is
/// copied here, so that a small message does not pin a large receive buffer.
@safe struct OwnedBytes: ~Copyable {
    private let base: UnsafeMutablePointer<UInt8>
    let count: Int

    /// Room for `count` bytes, filled by `append`.
    init(capacity count: Int, _ fill: (inout Filler) -> Void) {
        unsafe base = .allocate(capacity: Swift.max(count, 1))
        self.count = count
        var filler = unsafe Filler(base: base, capacity: count)
        fill(&filler)
        precondition(filler.filled == count, "the bytes are not all there")
    }

    deinit { unsafe base.deallocate() }

    var span: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get {
            let span = unsafe Span(_unsafeStart: UnsafePointer(base), count: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Writes the bytes of an ``OwnedBytes`` in order, never past its end.
    @safe struct Filler {
        private let base: UnsafeMutablePointer<UInt8>
        private let capacity: Int
        private(set) var filled = 0

        init(base: UnsafeMutablePointer<UInt8>, capacity: Int) {
            unsafe self.base = base
            self.capacity = capacity
        }

        mutating func append(_ bytes: Span<UInt8>) {
            precondition(bytes.count <= capacity - filled, "too many bytes")
            guard bytes.count > 0 else { return }
            unsafe bytes.withUnsafeBufferPointer { source in
                unsafe (base + filled).update(from: source.baseAddress!, count: source.count)
            }
            filled += bytes.count
        }
    }
}

import NIOCore

/// The buffer that all connections of an event loop are read into, one after the other: a shard keeps no
/// part of what it is given beyond its own copy, so nothing needs a buffer of its own while it is silent.
final class ReceiveBuffer {
    let capacity: Int
    private var spare = ByteBuffer()

    init(capacity: Int) { self.capacity = capacity }

    func take(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        guard spare.storageCapacity >= capacity else { return allocator.buffer(capacity: capacity) }
        var buffer = ByteBuffer()
        swap(&buffer, &spare)
        // Makes another one of the same size if somebody still refers to it.
        buffer.clear()
        return buffer
    }

    func giveBack(_ buffer: ByteBuffer) {
        if buffer.storageCapacity >= capacity { spare = buffer }
    }
}

/// Lets a channel read into the ``ReceiveBuffer`` of its event loop.
struct SharedReceiveAllocator: RecvByteBufferAllocator {
    /// A channel keeps the first buffer that it gets for itself, so that one is small.
    private static let firstSize = 256

    private let shared: NIOLoopBound<ReceiveBuffer>
    private var isFirst = true

    init(_ shared: NIOLoopBound<ReceiveBuffer>) { self.shared = shared }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        isFirst ? allocator.buffer(capacity: Self.firstSize) : shared.value.take(allocator)
    }

    mutating func record(actualReadBytes: Int) -> Bool {
        isFirst = false
        // Else the channel would go on with its own first buffer.
        return true
    }
}

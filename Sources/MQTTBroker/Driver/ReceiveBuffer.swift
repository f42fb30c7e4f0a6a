import NIOCore

/// The buffers that all connections of an event loop are read into, one after the other: a shard keeps no
/// part of what it is given beyond its own copy, so nothing needs a buffer of its own while it is silent.
///
/// There is a small one for connections that say little. The last read of a connection, which finds its end,
/// takes a buffer that does not come back: it is to be one that costs nothing.
final class ReceiveBuffer {
    static let smallCapacity = 1024

    let capacity: Int
    private var spare = ByteBuffer()
    private var smallSpare = ByteBuffer()

    init(capacity: Int) { self.capacity = capacity }

    func take(_ allocator: ByteBufferAllocator, isLarge: Bool) -> ByteBuffer {
        isLarge
            ? Self.take(&spare, allocator, capacity: capacity)
            : Self.take(&smallSpare, allocator, capacity: Self.smallCapacity)
    }

    private static func take(
        _ spare: inout ByteBuffer, _ allocator: ByteBufferAllocator, capacity: Int
    ) -> ByteBuffer {
        guard spare.storageCapacity >= capacity else { return allocator.buffer(capacity: capacity) }
        var buffer = ByteBuffer()
        swap(&buffer, &spare)
        // Makes another one of the same size if somebody still refers to it.
        buffer.clear()
        return buffer
    }

    func giveBack(_ buffer: ByteBuffer) {
        if buffer.storageCapacity >= capacity {
            spare = buffer
        } else if buffer.storageCapacity >= Self.smallCapacity {
            smallSpare = buffer
        }
    }
}

/// Lets a channel read into the ``ReceiveBuffer`` of its event loop: the small one until more came at a time
/// than that takes.
struct SharedReceiveAllocator: RecvByteBufferAllocator {
    /// A channel keeps the first buffer that it gets for itself, so that one is smaller still.
    private static let firstSize = 256

    private let shared: NIOLoopBound<ReceiveBuffer>
    private var isFirst = true
    private var isLarge = false

    init(_ shared: NIOLoopBound<ReceiveBuffer>) { self.shared = shared }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        isFirst
            ? allocator.buffer(capacity: Self.firstSize)
            : shared.value.take(allocator, isLarge: isLarge)
    }

    mutating func record(actualReadBytes: Int) -> Bool {
        if !isFirst && actualReadBytes >= ReceiveBuffer.smallCapacity { isLarge = true }
        isFirst = false
        // Else the channel would go on with its own first buffer.
        return true
    }
}

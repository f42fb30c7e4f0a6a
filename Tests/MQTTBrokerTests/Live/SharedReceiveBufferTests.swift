import NIOCore
import NIOEmbedded
import Testing

@testable import MQTTBroker

@Suite struct SharedReceiveBufferTests {
    private func address(_ buffer: ByteBuffer) -> UInt {
        unsafe buffer.withVeryUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    }

    @Test("one piece of memory serves read after read", arguments: [true, false])
    func reused(isLarge: Bool) {
        let shared = ReceiveBuffer(capacity: 4096)
        let size = isLarge ? 4096 : ReceiveBuffer.smallCapacity
        var seen: Set<UInt> = []
        for number in 0..<10 {
            var buffer = shared.take(ByteBufferAllocator(), isLarge: isLarge)
            #expect(buffer.readableBytes == 0 && buffer.writableBytes >= size)
            buffer.writeInteger(number)
            seen.insert(address(buffer))
            shared.giveBack(buffer)
        }
        #expect(seen.count == 1)
    }

    @Test("what somebody keeps is not written over")
    func kept() {
        let shared = ReceiveBuffer(capacity: 4096)
        var first = shared.take(ByteBufferAllocator(), isLarge: true)
        first.writeString("keep this")
        let kept = first.getSlice(at: 0, length: 9)
        shared.giveBack(first)
        var second = shared.take(ByteBufferAllocator(), isLarge: true)
        second.writeString("something else")
        #expect(kept.map { String(buffer: $0) } == "keep this")
    }

    @Test("a channel keeps only a small buffer for itself, and has the large one once it has filled another")
    func sizes() {
        let loop = EmbeddedEventLoop()
        let shared = NIOLoopBound(ReceiveBuffer(capacity: 65_536), eventLoop: loop)
        var allocator = SharedReceiveAllocator(shared)
        #expect(allocator.buffer(allocator: ByteBufferAllocator()).capacity <= 256)
        _ = allocator.record(actualReadBytes: 10)
        let small = allocator.buffer(allocator: ByteBufferAllocator())
        #expect(small.capacity >= ReceiveBuffer.smallCapacity && small.capacity < 65_536)
        _ = allocator.record(actualReadBytes: ReceiveBuffer.smallCapacity)
        #expect(allocator.buffer(allocator: ByteBufferAllocator()).capacity >= 65_536)
        _ = allocator.record(actualReadBytes: 10)
        #expect(allocator.buffer(allocator: ByteBufferAllocator()).capacity >= 65_536)
    }
}

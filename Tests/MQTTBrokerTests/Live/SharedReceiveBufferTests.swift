import NIOCore
import NIOEmbedded
import Testing

@testable import MQTTBroker

@Suite struct SharedReceiveBufferTests {
    private func address(_ buffer: ByteBuffer) -> UInt {
        unsafe buffer.withVeryUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    }

    @Test("one piece of memory serves read after read")
    func reused() {
        let shared = ReceiveBuffer(capacity: 4096)
        var seen: Set<UInt> = []
        for number in 0..<10 {
            var buffer = shared.take(ByteBufferAllocator())
            #expect(buffer.readableBytes == 0 && buffer.writableBytes >= 4096)
            buffer.writeInteger(number)
            seen.insert(address(buffer))
            shared.giveBack(buffer)
        }
        #expect(seen.count == 1)
    }

    @Test("what somebody keeps is not written over")
    func kept() {
        let shared = ReceiveBuffer(capacity: 4096)
        var first = shared.take(ByteBufferAllocator())
        first.writeString("keep this")
        let kept = first.getSlice(at: 0, length: 9)
        shared.giveBack(first)
        var second = shared.take(ByteBufferAllocator())
        second.writeString("something else")
        #expect(kept.map { String(buffer: $0) } == "keep this")
    }

    @Test("a channel keeps only a small buffer for itself")
    func firstIsSmall() {
        let loop = EmbeddedEventLoop()
        let shared = NIOLoopBound(ReceiveBuffer(capacity: 65_536), eventLoop: loop)
        var allocator = SharedReceiveAllocator(shared)
        #expect(allocator.buffer(allocator: ByteBufferAllocator()).capacity <= 256)
        _ = allocator.record(actualReadBytes: 10)
        #expect(allocator.buffer(allocator: ByteBufferAllocator()).capacity >= 65_536)
    }
}

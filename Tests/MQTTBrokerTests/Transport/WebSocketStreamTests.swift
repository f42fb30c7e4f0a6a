import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing

@testable import MQTTTransport

@Suite(.timeLimit(.minutes(1))) struct WebSocketStreamTests {
    private func withStream(
        frameSize: Int = 1 << 20, _ body: (WebSocketByteStream) async throws -> Void
    ) async throws {
        try await EchoListener.with(
            .webSocket(host: "127.0.0.1", port: 0, path: "/mqtt"),
            configure: { $0.webSocket.frameSize = frameSize }
        ) { listener in
            let stream = try await WebSocketByteStream.connect(to: listener.address)
            try await body(stream)
            await stream.close()
        }
    }

    /// Sends frames, and expects a close frame with a status, and the end.
    private func expectClose(_ status: Int, after frames: TestFrame...) async throws {
        try await withStream(frameSize: 1000) { stream in
            for frame in frames { try await stream.send(frame) }
            let close = try await stream.nextFrame()
            #expect(close?.opcode == TestFrame.closeFrame)
            #expect(close?.status == status)
            #expect(try await stream.socket.receive() == nil, "and then the connection ends")
        }
    }

    @Test(
        "[MQTT-6.0.0-1] data goes in binary frames, and from the server unmasked",
        arguments: [1, 125, 126, 65_535, 65_536])
    func binary(_ count: Int) async throws {
        try await withStream { stream in
            let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            try await stream.send(TestFrame(opcode: TestFrame.binary, payload: payload))
            var echoed: [UInt8] = []
            while echoed.count < count {
                let frame = try #require(try await stream.nextFrame())
                #expect(frame.opcode == TestFrame.binary && !frame.isMasked && frame.isFinal)
                echoed += frame.payload
            }
            #expect(echoed == payload)
        }
    }

    @Test("[MQTT-6.0.0-1] a text frame ends the connection with status 1003")
    func text() async throws {
        try await expectClose(1003, after: TestFrame(opcode: TestFrame.text, payload: Array("hello".utf8)))
    }

    @Test("[MQTT-6.0.0-2] fragments are put together, and control frames may come between them")
    func fragments() async throws {
        try await withStream { stream in
            try await stream.send(TestFrame(opcode: TestFrame.binary, isFinal: false, payload: [1, 2]))
            #expect(try await stream.nextFrame()?.payload == [1, 2], "a fragment does not wait for the next")
            try await stream.send(TestFrame(opcode: TestFrame.ping, payload: [9]))
            #expect(
                try await stream.nextFrame()
                    == TestFrame(opcode: TestFrame.pong, isMasked: false, payload: [9]))
            try await stream.send(TestFrame(opcode: TestFrame.continuation, isFinal: false, payload: [3]))
            try await stream.send(TestFrame(opcode: TestFrame.continuation, payload: []))
            try await stream.send(TestFrame(opcode: TestFrame.binary, payload: [4]))
            #expect(try await stream.nextFrame()?.payload == [3])
            #expect(try await stream.nextFrame()?.payload == [4])
        }
    }

    @Test("frames may arrive byte by byte")
    func bytewise() async throws {
        try await withStream { stream in
            for byte in TestFrame(opcode: TestFrame.binary, payload: [7, 8]).bytes.readableBytesView {
                try await stream.socket.send(ByteBuffer(bytes: [byte]))
            }
            #expect(try await stream.nextFrame()?.payload == [7, 8])
        }
    }

    @Test("a ping is answered with its data")
    func ping() async throws {
        try await withStream { stream in
            let data = [UInt8](repeating: 7, count: 125)
            try await stream.send(TestFrame(opcode: TestFrame.ping, payload: data))
            #expect(
                try await stream.nextFrame()
                    == TestFrame(opcode: TestFrame.pong, isMasked: false, payload: data))
            try await stream.send(TestFrame(opcode: TestFrame.pong, payload: [1]))
            try await stream.send(TestFrame(opcode: TestFrame.binary, payload: [1]))
            #expect(try await stream.nextFrame()?.opcode == TestFrame.binary, "a pong needs no answer")
        }
    }

    @Test("frames that RFC 6455 forbids end the connection with status 1002")
    func protocolErrors() async throws {
        try await expectClose(1002, after: TestFrame(opcode: TestFrame.binary, isMasked: false, payload: [1]))
        try await expectClose(1002, after: TestFrame(opcode: TestFrame.binary, reservedBits: 4, payload: [1]))
        try await expectClose(1002, after: TestFrame(opcode: 3))
        try await expectClose(1002, after: TestFrame(opcode: 11))
        try await expectClose(1002, after: TestFrame(opcode: TestFrame.continuation))
        try await expectClose(
            1002, after: TestFrame(opcode: TestFrame.binary, isFinal: false),
            TestFrame(opcode: TestFrame.binary, payload: []))
        try await expectClose(1002, after: TestFrame(opcode: TestFrame.ping, isFinal: false))
        try await expectClose(
            1002, after: TestFrame(opcode: TestFrame.ping, payload: .init(repeating: 0, count: 126)))
    }

    @Test("a frame above the bound ends the connection with status 1009, before it has arrived")
    func frameTooLong() async throws {
        try await withStream(frameSize: 1000) { stream in
            var header = ByteBuffer()
            header.writeBytes([0x82, 0xFE, 0x03, 0xE9, 0, 0, 0, 0])
            try await stream.socket.send(header)
            #expect(try await stream.nextFrame()?.status == 1009)
        }
    }

    @Test("the closing handshake is answered with the same status", arguments: [1000, 1001, 3000])
    func clientCloses(_ status: Int) async throws {
        let payload = [UInt8(status >> 8), UInt8(status & 0xFF)]
        try await expectClose(status, after: TestFrame(opcode: TestFrame.closeFrame, payload: payload))
    }

    @Test("a close frame without a status is answered with 1000")
    func clientClosesWithoutStatus() async throws {
        try await expectClose(1000, after: TestFrame(opcode: TestFrame.closeFrame))
    }

    @Test(
        "a close frame with a status that must not be sent is answered with 1002",
        arguments: [[3], [3, 237], [0, 1]])
    func clientClosesWrongly(_ payload: [UInt8]) async throws {
        try await expectClose(1002, after: TestFrame(opcode: TestFrame.closeFrame, payload: payload))
    }

    @Test("a peer that pings without reading is owed no more than the last answer")
    func pingFlood() throws {
        let channel = EmbeddedChannel(handler: WebSocketStream(closeTime: .seconds(5)))
        channel.isWritable = false
        for number in 0..<100 as Range<UInt8> {
            let data = ByteBuffer(bytes: [number])
            let ping = WebSocketFrame(fin: true, opcode: .ping, maskKey: [0, 0, 0, 0], data: data)
            try channel.writeInbound(ping)
        }
        #expect(try channel.readOutbound(as: WebSocketFrame.self) == nil)
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        let pong = try channel.readOutbound(as: WebSocketFrame.self)
        #expect(pong?.opcode == .pong && pong?.data == ByteBuffer(bytes: [99]))
        #expect(try channel.readOutbound(as: WebSocketFrame.self) == nil)
    }

    @Test("the end of the server's output is a close frame, after all data")
    func serverCloses() async throws {
        try await withStream { stream in
            try await stream.send(TestFrame(opcode: TestFrame.binary, payload: Array("enough".utf8)))
            #expect(try await stream.nextFrame()?.payload == Array("enough".utf8))
            #expect(try await stream.nextFrame()?.status == 1000)
            #expect(try await stream.socket.receive() == nil)
        }
    }
}

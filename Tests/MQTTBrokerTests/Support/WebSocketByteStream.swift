import NIOCore

/// A WebSocket client.
actor WebSocketByteStream: ByteStream {
    let socket: SocketStream
    private var received = ByteBuffer()

    /// What came before the frames.
    struct Answer {
        var status: Int
        /// Names are in lower case.
        var headers: [String: String]
    }

    struct Refused: Error { var answer: Answer }

    init(_ socket: SocketStream) { self.socket = socket }

    static func connect(
        to address: SocketAddress, path: String = "/mqtt", isSecure: Bool = false
    ) async throws -> WebSocketByteStream {
        let stream = WebSocketByteStream(try await .connect(to: address, isSecure: isSecure))
        let answer = try await stream.shakeHands(request(path: path))
        guard answer.status == 101 else { throw Refused(answer: answer) }
        return stream
    }

    static func request(
        method: String = "GET", path: String = "/mqtt", subprotocol: String? = "mqtt", version: String = "13",
        upgrade: String? = "websocket", more: String = ""
    ) -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: test\r\nSec-WebSocket-Version: \(version)\r\n"
            + (upgrade.map { "Connection: keep-alive, Upgrade\r\nUpgrade: \($0)\r\n" } ?? "")
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + (subprotocol.map { "Sec-WebSocket-Protocol: \($0)\r\n" } ?? "") + more + "\r\n"
    }

    func shakeHands(_ request: String) async throws -> Answer {
        try await socket.send(ByteBuffer(string: request))
        return try await answer()
    }

    /// Reads the head of an HTTP response.
    func answer() async throws -> Answer {
        var text = ""
        while !text.hasSuffix("\r\n\r\n") {
            guard let byte = received.readInteger(as: UInt8.self) else {
                guard var more = try await socket.receive() else { throw ChannelError.eof }
                received.writeBuffer(&more)
                continue
            }
            text.unicodeScalars.append(Unicode.Scalar(byte))
        }
        let lines = text.split(separator: "\r\n")
        var answer = Answer(status: Int(lines[0].split(separator: " ")[1]) ?? 0, headers: [:])
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            answer.headers[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description
        }
        return answer
    }

    func send(_ frame: TestFrame) async throws { try await socket.send(frame.bytes) }

    /// nil: the stream has ended.
    func nextFrame() async throws -> TestFrame? {
        while true {
            if let frame = TestFrame.read(from: &received) { return frame }
            guard var more = try await socket.receive() else { return nil }
            received.writeBuffer(&more)
        }
    }

    func send(_ bytes: ByteBuffer) async throws {
        try await send(TestFrame(opcode: TestFrame.binary, payload: Array(bytes.readableBytesView)))
    }

    func receive() async throws -> ByteBuffer? {
        while let frame = try await nextFrame() {
            if frame.opcode == TestFrame.binary { return ByteBuffer(bytes: frame.payload) }
            if frame.opcode == TestFrame.closeFrame { return nil }
        }
        return nil
    }

    func close() async { await socket.close() }
}

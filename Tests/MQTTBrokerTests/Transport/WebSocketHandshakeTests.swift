import MQTTTransport
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct WebSocketHandshakeTests {
    private func answer(to request: String) async throws -> WebSocketByteStream.Answer {
        var result: WebSocketByteStream.Answer?
        try await EchoListener.with(.webSocket(host: "127.0.0.1", port: 0, path: "/mqtt")) { listener in
            let stream = WebSocketByteStream(try await .connect(to: listener.address))
            result = try await stream.shakeHands(request)
            await stream.close()
        }
        return try #require(result)
    }

    @Test("[MQTT-6.0.0-3] [MQTT-6.0.0-4] the subprotocol mqtt is required and named in the answer")
    func subprotocol() async throws {
        let answer = try await answer(to: WebSocketByteStream.request(subprotocol: "mqtt"))
        #expect(answer.status == 101)
        #expect(answer.headers["sec-websocket-protocol"] == "mqtt")
        // The example of RFC 6455, section 1.3.
        #expect(answer.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(answer.headers["upgrade"] == "websocket")
    }

    @Test("[MQTT-6.0.0-4] of several subprotocols mqtt is chosen")
    func severalSubprotocols() async throws {
        let answer = try await answer(to: WebSocketByteStream.request(subprotocol: "mqttv3.1, chat, mqtt"))
        #expect(answer.status == 101)
        #expect(answer.headers["sec-websocket-protocol"] == "mqtt")
    }

    @Test("a client of MQTT 3.1 gets its subprotocol echoed")
    func oldSubprotocol() async throws {
        let answer = try await answer(to: WebSocketByteStream.request(subprotocol: "mqttv3.1"))
        #expect(answer.status == 101)
        #expect(answer.headers["sec-websocket-protocol"] == "mqttv3.1")
    }

    @Test(
        "[MQTT-6.0.0-3] without the subprotocol there is no WebSocket",
        arguments: [nil, "chat", "MQTT", "mqttx"])
    func noSubprotocol(_ offered: String?) async throws {
        let answer = try await answer(to: WebSocketByteStream.request(subprotocol: offered))
        #expect(answer.status == 400)
        #expect(answer.headers["sec-websocket-protocol"] == nil)
    }

    @Test("another path is answered with 404", arguments: ["/", "/mqtt/", "/mqttx", "/MQTT"])
    func otherPath(_ path: String) async throws {
        #expect(try await answer(to: WebSocketByteStream.request(path: path)).status == 404)
    }

    @Test("a query does not change the path")
    func query() async throws {
        #expect(try await answer(to: WebSocketByteStream.request(path: "/mqtt?token=x")).status == 101)
    }

    @Test("what is no handshake is told what is served here")
    func noHandshake() async throws {
        #expect(try await answer(to: WebSocketByteStream.request(upgrade: nil)).status == 426)
        #expect(try await answer(to: WebSocketByteStream.request(upgrade: "h2c")).status == 426)
        let version = try await answer(to: WebSocketByteStream.request(version: "8"))
        #expect(version.status == 426)
        #expect(version.headers["sec-websocket-version"] == "13")
        #expect(try await answer(to: WebSocketByteStream.request(method: "POST")).status == 405)
        #expect(try await answer(to: "\u{10}\u{0C}\u{0}\u{4}MQTT\r\n\r\n").status == 400)
    }

    @Test("a request that is refused ends the connection")
    func refusalCloses() async throws {
        try await EchoListener.with(.webSocket(host: "127.0.0.1", port: 0, path: "/mqtt")) { listener in
            let stream = WebSocketByteStream(try await .connect(to: listener.address))
            #expect(try await stream.shakeHands(WebSocketByteStream.request(path: "/no")).status == 404)
            while try await stream.socket.receive() != nil {}
        }
    }

    @Test("a request of more bytes than the bound is refused while it is being sent")
    func longRequest() async throws {
        let endless = "GET /mqtt HTTP/1.1\r\nX: " + String(repeating: "x", count: 20_000)
        #expect(try await answer(to: endless).status == 431)
    }

    @Test("a client that does not finish its request is disconnected")
    func slowRequest() async throws {
        try await EchoListener.with(
            .webSocket(host: "127.0.0.1", port: 0, path: "/mqtt"),
            configure: { $0.webSocket.handshakeTime = .milliseconds(1) }
        ) { listener in
            let stream = try await SocketStream.connect(to: listener.address)
            #expect(try await stream.receive() == nil)
        }
    }

    @Test("bytes that follow the request at once are not lost")
    func eagerClient() async throws {
        try await EchoListener.with(.webSocket(host: "127.0.0.1", port: 0, path: "/mqtt")) { listener in
            let stream = WebSocketByteStream(try await .connect(to: listener.address))
            var bytes = ByteBuffer(string: WebSocketByteStream.request())
            var frame = TestFrame(opcode: TestFrame.binary, payload: [1, 2, 3]).bytes
            bytes.writeBuffer(&frame)
            try await stream.socket.send(bytes)
            #expect(try await stream.answer().status == 101)
            #expect(try await stream.nextFrame()?.payload == [1, 2, 3])
            await stream.close()
        }
    }
}

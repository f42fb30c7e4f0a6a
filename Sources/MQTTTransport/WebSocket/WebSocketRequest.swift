import NIOHTTP1

/// What a server makes of an HTTP request that should become a WebSocket with MQTT in it.
enum WebSocketRequest: Equatable {
    /// Go on with this subprotocol.
    case accepted(subprotocol: String)
    case refused(HTTPResponseStatus, explanation: String)

    /// The names that clients offer: `mqtt` of [MQTT-6.0.0-3], and the one of MQTT 3.1.
    private static let subprotocols = ["mqtt", "mqttv3.1"]

    init(_ head: HTTPRequestHead, path: String) {
        guard head.uri.prefix(while: { $0 != "?" }) == path else {
            self = .refused(.notFound, explanation: "MQTT is served at another path")
            return
        }
        guard head.method == .GET else {
            self = .refused(.methodNotAllowed, explanation: "a WebSocket begins with GET")
            return
        }
        guard head.headers[canonicalForm: "upgrade"].contains(where: { $0.lowercased() == "websocket" }),
            head.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" })
        else {
            self = .refused(.upgradeRequired, explanation: "MQTT is served here, over WebSocket")
            return
        }
        guard head.headers[canonicalForm: "sec-websocket-version"] == ["13"] else {
            self = .refused(.upgradeRequired, explanation: "the version of WebSocket is 13")
            return
        }
        let key = head.headers[canonicalForm: "sec-websocket-key"]
        guard key.count == 1, key[0].utf8.count == 24 else {
            self = .refused(
                .badRequest, explanation: "Sec-WebSocket-Key is missing or not 16 bytes in base64")
            return
        }
        let offered = head.headers[canonicalForm: "sec-websocket-protocol"]
        guard let chosen = Self.subprotocols.first(where: { name in offered.contains { $0 == name } }) else {
            self = .refused(.badRequest, explanation: "Sec-WebSocket-Protocol must offer mqtt [MQTT-6.0.0-3]")
            return
        }
        self = .accepted(subprotocol: chosen)
    }
}

import NIOCore

/// The bounds of a WebSocket connection. Whoever exceeds one is disconnected.
package struct WebSocketBounds: Sendable, Equatable {
    /// Bytes of a frame's payload; more: status 1009. A client may put a whole packet in one frame, or many.
    package var frameSize = 16 * 1024 * 1024 + 65_536
    /// Bytes of the HTTP request; more: 431.
    package var requestSize = 16 * 1024
    /// From accepting the connection to a whole HTTP request.
    package var handshakeTime = TimeAmount.seconds(10)
    /// From sending a close frame to the end of the connection.
    package var closeTime = TimeAmount.seconds(5)

    package init() {}
}

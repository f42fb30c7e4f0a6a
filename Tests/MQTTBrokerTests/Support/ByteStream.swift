import MQTTBroker
import NIOCore

/// A client's end of a connection, whatever carries it.
protocol ByteStream: Sendable {
    func send(_ bytes: ByteBuffer) async throws
    /// nil: the other side has ended the stream.
    func receive() async throws -> ByteBuffer?
    /// Goes away without a word.
    func close() async
}

extension InProcessConnection: ByteStream {}

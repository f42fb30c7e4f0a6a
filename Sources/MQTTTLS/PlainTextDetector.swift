import NIOCore

/// Looks at the first byte that a client sends: what is no TLS gets a reason in the log that says so, where
/// TLS itself would only see a wrong record.
final class PlainTextDetector: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The content type of a handshake record, RFC 8446 section 5.1.
    private static let handshake: UInt8 = 22

    private let report: HandshakeReport
    private var isRefused = false

    init(_ report: HandshakeReport) { self.report = report }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        let bytes = unwrapInboundIn(data)
        guard let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self), first != Self.handshake
        else {
            context.fireChannelRead(data)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
            return
        }
        isRefused = true
        report.fail(Self.reason(first))
        context.close(promise: nil)
    }

    private static func reason(_ first: UInt8) -> String {
        switch first {
        case 0x10: "a client without TLS came to a listener with TLS: it sent an MQTT CONNECT in plain text"
        case UInt8(ascii: "A")...UInt8(ascii: "Z"):
            "a client without TLS came to a listener with TLS: it sent an HTTP request in plain text"
        default: "what the client sent is no TLS"
        }
    }
}

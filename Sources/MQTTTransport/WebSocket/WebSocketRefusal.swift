import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Answers what will not become a WebSocket, and closes.
final class WebSocketRefusal: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let path: String
    private var hasAnswered = false

    init(path: String) { self.path = path }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAnswered, case .head(let head) = unwrapInboundIn(data) else { return }
        hasAnswered = true
        var status = HTTPResponseStatus.badRequest
        var text = "the request is no WebSocket handshake"
        if case .refused(let code, let explanation) = WebSocketRequest(head, path: path) {
            (status, text) = (code, explanation)
        }
        var headers: HTTPHeaders = [
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": String(text.utf8.count + 1),
            "Connection": "close",
        ]
        if status == .upgradeRequired {
            headers.add(name: "Upgrade", value: "websocket")
            headers.add(name: "Sec-WebSocket-Version", value: "13")
        }
        if status == .methodNotAllowed { headers.add(name: "Allow", value: "GET") }
        let response = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text + "\n")))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // The peer closes then; if it does not, the handshake's deadline does.
        context.close(mode: .output, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        // The request comes here next, and is answered.
        case is NIOWebSocketUpgradeError: break
        // It has been answered, with 400.
        case is HTTPParserError: context.close(mode: .output, promise: nil)
        default: context.close(promise: nil)
        }
    }
}

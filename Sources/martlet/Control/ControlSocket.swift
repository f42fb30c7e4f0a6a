import Foundation
import Logging
import NIOCore
import NIOPosix

/// A Unix socket in the data directory, for the owner of the directory alone, on which tools ask the broker for
/// what only it may do: it holds the directory's lock.
///
/// A request is one line of JSON, and so is its answer.
struct ControlSocket: Sendable {
    static let file = "martlet.sock"

    private let channel: any Channel
    private let path: String

    private static let longestRequest = 65_536
    /// Whoever connects and asks nothing.
    private static let patience = TimeAmount.seconds(10)

    /// Opens it. nil, and a warning, if that cannot be: the broker works without.
    static func open(
        _ directory: String, logger: Logger,
        answer: @escaping @Sendable (ControlRequest) async -> ControlAnswer
    ) async -> ControlSocket? {
        let path = directory + "/" + file
        do {
            // Whoever holds the lock of the directory may remove what a broker before it has left.
            unsafe unlink(path)
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandlers(
                            IdleStateHandler(readTimeout: patience), ControlConnection(answer: answer))
                    }
                }
                .bind(unixDomainSocketPath: path).get()
            let socket = ControlSocket(channel: channel, path: path)
            guard unsafe chmod(path, 0o600) == 0 else {
                let problem = unsafe String(cString: strerror(errno))
                await socket.close()
                throw ControlProblem(text: problem)
            }
            return socket
        } catch {
            logger.warning(
                "no control socket: martlet store works only while the broker does not run",
                metadata: ["path": "\(path)", "error": "\(error)"])
            return nil
        }
    }

    func close() async {
        try? await channel.close()
        unsafe unlink(path)
    }

    /// Asks the broker that uses a directory.
    ///
    /// - Throws: ``ControlProblem`` with what it says, or that it does not answer.
    static func ask(_ request: ControlRequest, in directory: String) async throws -> ControlAnswer {
        let line: ByteBuffer
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(unixDomainSocketPath: directory + "/" + file) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            line = try await channel.executeThenClose { inbound, outbound in
                let encoded = try JSONEncoder().encode(ControlRequest.Envelope(request: request))
                try await outbound.write(ByteBuffer(bytes: encoded + [UInt8(ascii: "\n")]))
                var whole = ByteBuffer()
                for try await part in inbound { whole.writeImmutableBuffer(part) }
                return whole
            }
        } catch {
            throw ControlProblem(
                text: "\(directory) is in use, but the broker does not answer at \(file) in it: \(error)")
        }
        guard let answer = try? JSONDecoder().decode(ControlAnswer.self, from: Data(line.readableBytesView))
        else { throw ControlProblem(text: "the broker's answer makes no sense") }
        if let error = answer.error { throw ControlProblem(text: error) }
        return answer
    }

    /// One connection: reads a line, answers, closes.
    private final class ControlConnection: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: @Sendable (ControlRequest) async -> ControlAnswer
        private var received = ByteBuffer()
        private var isAsked = false

        init(answer: @escaping @Sendable (ControlRequest) async -> ControlAnswer) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !isAsked else { return }
            var part = unwrapInboundIn(data)
            received.writeBuffer(&part)
            guard let end = received.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else {
                if received.readableBytes > longestRequest { context.close(promise: nil) }
                return
            }
            isAsked = true
            let line = Data(received.readableBytesView[..<end])
            let channel = context.channel
            Task { [answer] in
                let result: ControlAnswer
                if let envelope = try? JSONDecoder().decode(ControlRequest.Envelope.self, from: line) {
                    result = await answer(envelope.request)
                } else {
                    result = ControlAnswer(error: "the broker does not know that request")
                }
                let encoded = (try? JSONEncoder().encode(result)) ?? Data()
                try? await channel.writeAndFlush(ByteBuffer(bytes: encoded + [UInt8(ascii: "\n")]))
                try? await channel.close()
            }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event is IdleStateHandler.IdleStateEvent, !isAsked { context.close(promise: nil) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

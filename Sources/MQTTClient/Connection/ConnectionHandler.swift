import NIOCore
import NIOSSL

/// Hands what happens on a channel to the client, whose executor is the channel's event loop.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let client: MQTTClient
    /// Which of the client's connections this is.
    private let number: Int
    private var failure: ClientError?

    init(client: MQTTClient, number: Int) {
        self.client = client
        self.number = number
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        client.assumeIsolated { [number] in $0.received(bytes, on: number) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        client.assumeIsolated { [number] in $0.writabilityChanged(isWritable, on: number) }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = error as? ClientError
        // With TLS 1.3 a server looks at the client's certificate when the client takes the handshake for done.
        if SecurityFailure.isOne(error), error as? NIOSSLError != .uncleanShutdown {
            failure = .securityFailed(SecurityFailure.text(error, ""))
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let failure = failure
        client.assumeIsolated { [number] in $0.connectionEnded(number, failure ?? .connectionLost) }
        context.fireChannelInactive()
    }
}

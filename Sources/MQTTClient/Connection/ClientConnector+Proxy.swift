import NIOCore
import NIOExtras
import NIOHTTP1
import NIOSOCKS

extension ClientConnector {
    /// Asks the proxy, if there is one, for a connection to the server.
    func passProxy(_ channel: any Channel, until deadline: NIODeadline) -> EventLoopFuture<Void> {
        switch proxy {
        case nil: channel.eventLoop.makeSucceededVoidFuture()
        case .http: passHTTP(channel, until: deadline)
        case .socks5: passSOCKS(channel)
        }
    }

    private func passHTTP(_ channel: any Channel, until deadline: NIODeadline) -> EventLoopFuture<Void> {
        let done = channel.eventLoop.makePromise(of: Void.self)
        let pipeline = channel.pipeline.syncOperations
        let encoder = HTTPRequestEncoder()
        let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes))
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        do {
            try pipeline.addHandlers([encoder, decoder])
            try pipeline.addHandler(
                NIOHTTP1ProxyConnectHandler(
                    targetHost: host, targetPort: address.port,
                    headers: ["Host": "\(host):\(address.port)"], deadline: deadline, promise: done))
        } catch {
            done.fail(error)
        }
        let handlers = NIOLoopBound((encoder, decoder), eventLoop: channel.eventLoop)
        return done.futureResult.flatMapErrorThrowing { error in
            throw ClientError.proxyRefused(Self.explanation(of: error))
        }.flatMap {
            let pipeline = channel.pipeline.syncOperations
            return pipeline.removeHandler(handlers.value.0).and(pipeline.removeHandler(handlers.value.1)).map
            { _ in }
        }
    }

    private static func explanation(of error: any Error) -> String {
        let text = "\(error)"
        if text.contains("proxyAuthenticationRequired") {
            return "it asks for a password, which is not supported"
        }
        if text.contains("invalidProxyResponseHead") { return "it does not make connections to this server" }
        return "it closed the connection, or did not answer in time"
    }

    private func passSOCKS(_ channel: any Channel) -> EventLoopFuture<Void> {
        let done = channel.eventLoop.makePromise(of: Void.self)
        let target: SOCKSAddress =
            if let number = try? SocketAddress(ipAddress: address.host, port: address.port) {
                .address(number)
            } else {
                .domain(address.host, port: address.port)
            }
        let handler = SOCKSClientHandler(targetAddress: target)
        do {
            let established = StageEnd(done) { error in
                if case ChannelError.eof = error {
                    .proxyRefused("it closed the connection, or did not answer in time")
                } else {
                    .proxyRefused("\(error)")
                }
            } isDone: {
                $0 is SOCKSProxyEstablishedEvent
            }
            try channel.pipeline.syncOperations.addHandler(established)
            try channel.pipeline.syncOperations.addHandler(handler, position: .before(established))
        } catch {
            done.fail(error)
        }
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        return done.futureResult.flatMap { channel.pipeline.syncOperations.removeHandler(bound.value) }
    }
}

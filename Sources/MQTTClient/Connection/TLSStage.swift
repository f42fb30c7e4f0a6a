import NIOCore
import NIOSSL
import NIOTLS

/// The client's side of TLS for one connection.
struct TLSStage: Sendable {
    let context: NIOSSLContext
    /// For SNI and for the server's certificate; nil: the certificate has to have the IP address.
    private let name: String?
    private let host: String

    init(
        context: NIOSSLContext, security: TransportSecurity, host: String, isProxied: Bool
    ) throws(ClientError) {
        self.context = context
        self.host = security.serverName ?? host
        let isAddress = (try? SocketAddress(ipAddress: self.host, port: 0)) != nil
        guard !isAddress || security.serverName == nil else {
            throw .securityUnusable(
                "the server's name '\(self.host)' is an IP address: give the name in its certificate")
        }
        // The certificate would be compared with the address of the proxy.
        guard !isAddress || !isProxied || security.verification != .full || security.preSharedKey != nil
        else {
            throw .securityUnusable(
                "behind a proxy the certificate of an IP address cannot be checked: "
                    + "connect by name, or give the server's name")
        }
        name = isAddress ? nil : self.host
    }

    func secure(_ channel: any Channel) -> EventLoopFuture<Void> {
        let done = channel.eventLoop.makePromise(of: Void.self)
        do {
            let handshake = StageEnd(done, failure: failure) { event in
                if case .handshakeCompleted? = event as? TLSUserEvent { true } else { false }
            }
            try channel.pipeline.syncOperations.addHandler(handshake)
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: name), position: .before(handshake))
        } catch {
            done.fail(failure(error))
        }
        return done.futureResult
    }

    private func failure(_ error: any Error) -> ClientError {
        if case ChannelError.eof = error {
            return .securityFailed("it closed the connection during the handshake, or did not answer in time")
        }
        return .securityFailed(SecurityFailure.text(error, host))
    }
}

import Logging
import MQTTCodec
import MQTTEngine
import MQTTTLS
import MQTTTransport
import NIOCore
import Synchronization

/// What connections go through, from a listener's socket to a shard: bounds, defence, proxies, TLS, WebSocket.
final class Reception: Sendable {
    private let configuration: BrokerConfiguration
    private let shards: [RunningShard]
    private let admission: Admission
    private let sentry: Sentry
    private let auditLog: (any AuditLog)?
    private let logger: Logger
    private let timeToConnect: Atomic<Int64>

    init(
        _ configuration: BrokerConfiguration, _ shards: [RunningShard], _ admission: Admission,
        _ sentry: Sentry, _ auditLog: (any AuditLog)?, logger: Logger
    ) {
        self.configuration = configuration
        self.shards = shards
        self.admission = admission
        self.sentry = sentry
        self.auditLog = auditLog
        self.logger = logger
        timeToConnect = Atomic(configuration.engine.limits.timeToConnect)
    }

    /// ``Limits/timeToConnect`` for listeners that are opened or changed from now on.
    func setTimeToConnect(_ milliseconds: Int64) { timeToConnect.store(milliseconds, ordering: .relaxed) }

    /// How connections through a listener are served, as it is configured now.
    func stream(_ open: OpenListener, _ listener: ListenerConfiguration) -> StreamListener {
        let name = listener.url.description
        let isSecure = listener.url.isSecure
        // Handlers between keep what they are given; the shared buffer is for those that do not.
        let isDirect = !isSecure && listener.url.webSocketPath == nil && listener.proxies.isEmpty
        let waterMark = ChannelOptions.Types.WriteBufferWaterMark(
            low: configuration.writeBufferLow, high: configuration.writeBufferHigh)
        var stream = StreamListener(
            url: listener.url,
            accepted: { [admission, sentry, open] arrival in
                try admission.admit(arrival.channel, to: open.number)
                try sentry.admit(&arrival, listener: name, isIntroduced: listener.proxies.isEmpty)
            },
            opened: { [self] arrival in
                let channel = arrival.channel
                let driver = driver(on: channel.eventLoop)
                try channel.syncOptions?.setOption(.writeBufferWaterMark, value: waterMark)
                if isDirect {
                    let allocator = SharedReceiveAllocator(
                        NIOLoopBound(driver.receiveBuffer, eventLoop: channel.eventLoop))
                    try channel.syncOptions?.setOption(.recvAllocator, value: allocator)
                }
                var peer = Peer(of: arrival, listener: name)
                if let tls = listener.tls {
                    peer.certificateName = try tls.clientName(number: peer.number).map { MQTTString($0) }
                }
                let handler = ConnectionHandler(driver: driver, peer: peer) { open.serves(listener.url) }
                try channel.pipeline.syncOperations.addHandler(handler)
            })
        if let tls = listener.tls {
            stream.secure = { [dropped, sentry] arrival, opened in
                try tls.secure(
                    arrival.channel, number: arrival.number, isWebSocket: listener.url.webSocketPath != nil,
                    failed: { _, reason in
                        sentry.handshakeEnded(succeeded: false)
                        dropped(Peer(of: arrival, listener: name), reason)
                    },
                    opened: { channel in
                        sentry.handshakeEnded(succeeded: true)
                        try opened(channel)
                    })
            }
        }
        if !listener.proxies.isEmpty {
            let time = timeToConnect.load(ordering: .relaxed)
            stream.proxy = ProxyStage(
                listener.proxies, time: .milliseconds(time),
                introduced: { [sentry] arrival in try sentry.introduce(arrival, listener: name) },
                failed: { [dropped] arrival, reason in
                    dropped(Peer(of: arrival, listener: name), reason)
                })
        }
        stream.unixSocketMode = listener.unixSocketMode
        stream.sockets = listener.sockets
        stream.webSocket.frameSize = configuration.engine.limits.packetSize + 65_536
        stream.webSocket.handshakeTime = .milliseconds(timeToConnect.load(ordering: .relaxed))
        stream.webSocket.closeTime = .milliseconds(configuration.lingerTime)
        return stream
    }

    /// A connection has ended before the shard knew of it.
    private func dropped(_ peer: Peer, _ detail: String) {
        let event = Event.connectionDropped(peer, detail: detail)
        EventLog(logger: logger).write(event)
        auditLog.map { AuditTrail(log: $0).record(event) }
    }

    /// On the event loop in question.
    private func driver(on eventLoop: any EventLoop) -> ShardDriver {
        let shard = shards.first { $0.eventLoop === eventLoop } ?? shards[0]
        return shard.driver.value
    }
}

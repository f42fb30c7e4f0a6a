import Logging
import MQTTCodec
import MQTTEngine

/// Writes a shard's events to a log: client identifier and address always, payloads and secrets never.
struct EventLog: Sendable {
    /// About connections and sessions.
    private let clients: Logger
    /// About messages and subscriptions.
    private let messages: Logger

    /// Loggers carry their area as metadata, so that whoever writes lines can have a level for each.
    init(logger: Logger) {
        clients = logger.of(area: "clients")
        messages = logger.of(area: "messages")
    }

    func write(_ event: Event) {
        switch event {
        case .clientConnected(let client, let version, let sessionPresent, let keepAlive):
            clients.log(
                level: level(client),
                "client connected",
                metadata: Self.metadata(
                    of: client,
                    [
                        "client": .string(client.identifier.description),
                        "address": .string(client.peer.address), "listener": .string(client.peer.listener),
                        "version": .string(Self.name(of: version)),
                        "session-present": sessionPresent ? "true" : "false",
                        "keep-alive": .string(String(keepAlive)),
                    ]))
        case .clientRefused(let client, let code, let detail):
            clients.notice(
                "client refused",
                metadata: Self.metadata(client, ["reason": "\(code)", "detail": "\(detail)"]))
        case .clientDisconnected(let client, let cause, let life): write(client, cause, life)
        case .connectionDropped(let peer, let detail):
            clients.notice(
                "connection dropped before its CONNECT was accepted",
                metadata: [
                    "address": "\(peer.address)", "listener": "\(peer.listener)", "detail": "\(detail)",
                ])
        case .subscribed(let client, let filter, let code):
            messages.debug(
                "subscribed", metadata: Self.metadata(client, ["filter": "\(filter)", "reason": "\(code)"]))
        case .unsubscribed(let client, let filter):
            messages.debug("unsubscribed", metadata: Self.metadata(client, ["filter": "\(filter)"]))
        case .publishRefused(let client, let topic, let code):
            messages.notice(
                "publish refused",
                metadata: Self.metadata(client, ["topic": "\(topic)", "reason": "\(code)"]))
        case .publishRateExceeded(let client):
            messages.warning("client publishes faster than it may", metadata: Self.metadata(client, [:]))
        case .messagesDropped(let client, let reason, let count):
            messages.warning(
                "messages dropped",
                metadata: ["client": "\(client)", "reason": "\(reason.rawValue)", "count": "\(count)"])
        case .sessionEnded(let client, let cause):
            // One that ends with its connection is what every reader expects.
            clients.log(
                level: cause == .connectionEnded ? .debug : .info, "session ended",
                metadata: ["client": "\(client)", "cause": "\(cause.rawValue)"])
        case .willPublished(let client, let topic):
            messages.info("will published", metadata: ["client": "\(client)", "topic": "\(topic)"])
        case .publishersHeld(let client):
            messages.warning("publishers are held back for a slow client", metadata: ["client": "\(client)"])
        case .publishersReleased(let client):
            messages.notice("publishers go on", metadata: ["client": "\(client)"])
        }
    }

    /// The one line that tells all about a connection's life.
    private func write(_ client: Event.Client, _ cause: DisconnectCause, _ life: ConnectionLife) {
        switch cause {
        case .byClient(let code):
            clients.log(
                level: level(client), "client disconnected",
                metadata: Self.metadata(client, life, reason: .string(code.description)))
        case .connectionLost:
            clients.log(
                level: level(client), "client disconnected without DISCONNECT",
                metadata: Self.metadata(client, life))
        case .byServer(let code, let detail):
            clients.notice(
                "client was disconnected",
                metadata: Self.metadata(
                    client, life, reason: .string(code.description), detail: .string(detail)))
        }
    }

    /// The broker's own process comes and goes without much ado.
    private func level(_ client: Event.Client) -> Logger.Level {
        client.peer.listener == InProcessTrust.listener ? .debug : .info
    }

    /// Who an event is about, beside what it is.
    static func metadata(_ client: Event.Client, _ more: Logger.Metadata) -> Logger.Metadata {
        var metadata = more
        // Interpolation would cost several times as much, for each connection.
        metadata["client"] = .string(client.identifier.description)
        metadata["address"] = .string(client.peer.address)
        metadata["listener"] = .string(client.peer.listener)
        return Self.metadata(of: client, metadata)
    }

    /// What is told at the end of each connection: one dictionary, made at once and in its size.
    private static func metadata(
        _ client: Event.Client, _ life: ConnectionLife, reason: Logger.MetadataValue? = nil,
        detail: Logger.MetadataValue? = nil
    ) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "client": .string(client.identifier.description), "address": .string(client.peer.address),
            "listener": .string(client.peer.listener),
            "seconds": .string((Double(life.time) / 1000).description),
            "received": .string(life.bytesReceived.description), "sent": .string(life.bytesSent.description),
            "reason": reason ?? "",
        ]
        if reason == nil { metadata["reason"] = nil }
        if let detail { metadata["detail"] = detail }
        return Self.metadata(of: client, metadata)
    }

    /// Interpolation would look the name of the case up in the program's metadata, for each connection.
    private static func name(of version: ProtocolVersion) -> String {
        switch version {
        case .v3_1: "v3_1"
        case .v3_1_1: "v3_1_1"
        case .v5: "v5"
        }
    }

    /// With the user's name, if there is one.
    private static func metadata(of client: Event.Client, _ metadata: Logger.Metadata) -> Logger.Metadata {
        guard let user = client.userName else { return metadata }
        var metadata = metadata
        metadata["user"] = .string(user.description)
        return metadata
    }
}

extension Logger {
    /// The same log, for lines about one area.
    package func of(area: String) -> Logger {
        var logger = self
        logger[metadataKey: "area"] = "\(area)"
        return logger
    }
}

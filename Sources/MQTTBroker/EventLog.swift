import Logging
import MQTTEngine

/// Writes a shard's events to a log: client identifier and address always, payloads and secrets never.
struct EventLog: Sendable {
    let logger: Logger

    func write(_ event: Event) {
        switch event {
        case .clientConnected(let client, let version, let sessionPresent, let keepAlive):
            logger.log(
                level: level(client),
                "client connected",
                metadata: Self.metadata(
                    client,
                    [
                        "version": "\(version)", "session-present": "\(sessionPresent)",
                        "keep-alive": "\(keepAlive)",
                    ]))
        case .clientRefused(let client, let code, let detail):
            logger.notice(
                "client refused",
                metadata: Self.metadata(client, ["reason": "\(code)", "detail": "\(detail)"]))
        case .clientDisconnected(let client, let cause): write(client, cause)
        case .connectionDropped(let peer, let detail):
            logger.notice(
                "connection dropped before its CONNECT was accepted",
                metadata: [
                    "address": "\(peer.address)", "listener": "\(peer.listener)", "detail": "\(detail)",
                ])
        case .subscribed(let client, let filter, let code):
            logger.debug(
                "subscribed", metadata: Self.metadata(client, ["filter": "\(filter)", "reason": "\(code)"]))
        case .unsubscribed(let client, let filter):
            logger.debug("unsubscribed", metadata: Self.metadata(client, ["filter": "\(filter)"]))
        case .publishRefused(let client, let topic, let code):
            logger.notice(
                "publish refused",
                metadata: Self.metadata(client, ["topic": "\(topic)", "reason": "\(code)"]))
        case .publishRateExceeded(let client):
            logger.warning("client publishes faster than it may", metadata: Self.metadata(client, [:]))
        case .messagesDropped(let client, let reason, let count):
            logger.warning(
                "messages dropped",
                metadata: ["client": "\(client)", "reason": "\(reason.rawValue)", "count": "\(count)"])
        case .sessionEnded(let client, let cause):
            logger.info("session ended", metadata: ["client": "\(client)", "cause": "\(cause.rawValue)"])
        case .willPublished(let client, let topic):
            logger.info("will published", metadata: ["client": "\(client)", "topic": "\(topic)"])
        case .publishersHeld(let client):
            logger.warning("publishers are held back for a slow client", metadata: ["client": "\(client)"])
        case .publishersReleased(let client):
            logger.notice("publishers go on", metadata: ["client": "\(client)"])
        }
    }

    private func write(_ client: Event.Client, _ cause: DisconnectCause) {
        switch cause {
        case .byClient(let code):
            logger.log(
                level: level(client), "client disconnected",
                metadata: Self.metadata(client, ["reason": "\(code)"])
            )
        case .connectionLost:
            logger.log(
                level: level(client), "client disconnected without DISCONNECT",
                metadata: Self.metadata(client, [:]))
        case .byServer(let code, let detail):
            logger.notice(
                "client was disconnected",
                metadata: Self.metadata(client, ["reason": "\(code)", "detail": "\(detail)"]))
        }
    }

    /// The broker's own process comes and goes without much ado.
    private func level(_ client: Event.Client) -> Logger.Level {
        client.peer.listener == InProcessTrust.listener ? .debug : .info
    }

    /// Who an event is about, beside what it is.
    static func metadata(_ client: Event.Client, _ more: Logger.Metadata) -> Logger.Metadata {
        var metadata = more
        metadata["client"] = "\(client.identifier)"
        metadata["address"] = "\(client.peer.address)"
        metadata["listener"] = "\(client.peer.listener)"
        if let user = client.userName { metadata["user"] = "\(user)" }
        return metadata
    }
}

import MQTTCodec
import MQTTEngine

/// What operators want of a shard.
extension ShardDriver {
    func disconnect(client: MQTTString, _ reason: ReasonCode) -> Bool {
        shard.disconnect(client: client, reason, at: turn())
    }

    func reconfigure(_ configuration: EngineConfiguration) {
        shard.reconfigure(configuration, at: turn())
    }

    func endSession(of client: MQTTString) -> Bool { shard.endSession(of: client, at: turn()) }

    func redirect(to redirection: ServerOffer.Redirection?) {
        shard.redirect(to: redirection, at: turn())
    }

    func disconnect(from listeners: Set<String>) { shard.disconnect(from: listeners, at: turn()) }

    func replacePorts(_ new: Ports) {
        _ = turn()
        ports = new
        shard.replacePorts(new)
    }

    /// Answers of an ``Authenticator`` that are on their way may not be right any more: it is asked again.
    func reviewRights(_ isRevoked: (Event.Client, Credentials) -> Bool) {
        reviews += 1
        shard.reviewRights(at: turn()) { client, credentials in
            client.peer.listener != InProcessTrust.listener && isRevoked(client, credentials)
        }
    }
}

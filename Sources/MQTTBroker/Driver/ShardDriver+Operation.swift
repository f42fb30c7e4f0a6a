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

    func reviewRights(_ isRevoked: (Event.Client, Credentials) -> Bool) {
        shard.reviewRights(at: turn(), isRevoked: isRevoked)
    }
}

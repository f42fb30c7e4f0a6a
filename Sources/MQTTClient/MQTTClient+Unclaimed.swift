import DequeModule
import MQTTCodec
import NIOCore

/// Messages that no subscription takes.
extension MQTTClient {
    /// The server has gone on with a session of old: its subscriptions are there, but not yet this client's.
    func keepUnclaimed() {
        let time = TimeAmount(configuration.unclaimedTime)
        unclaimedEnd = eventLoop.scheduleTask(in: time) { self.assumeIsolated { $0.leaveUnclaimed() } }
    }

    /// Hands what came early to a new subscription.
    func claim(for inbox: Inbox, _ number: Int) {
        guard !unclaimed.isEmpty else { return }
        let early = unclaimed
        unclaimed.removeAll()
        for message in early {
            if inbox.takes(message.topicName) {
                hand(message, to: [number])
            } else {
                unclaimed.append(message)
            }
        }
        wakeTakers()
        updateReading()
    }

    /// Acknowledges a message that nobody takes [MQTT-4.5.0-2].
    func leave(_ message: Message) {
        if let delivery = message.delivery { session.acknowledge(delivery, at: .now()) }
        report(.messageUnclaimed(topic: message.topic))
    }

    /// Whoever wanted them has subscribed by now.
    private func leaveUnclaimed() {
        unclaimedEnd = nil
        let left = unclaimed
        unclaimed.removeAll()
        for message in left { leave(message) }
        sessionChanged()
    }

    /// They stay with the server, for the next client of the session.
    func forgetUnclaimed() {
        unclaimedEnd?.cancel()
        unclaimedEnd = nil
        unclaimed.removeAll()
    }
}

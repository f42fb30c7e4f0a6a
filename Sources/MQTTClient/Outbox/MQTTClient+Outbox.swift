import Logging
import MQTTCodec
import NIOCore

/// The durable part of the outbox.
extension MQTTClient {
    /// Hands what an earlier program has left to the session.
    func loadOutbox() async throws(ClientError) {
        guard let store = configuration.outboxStore, !isOutboxLoaded else { return }
        let messages: [OutboxEntry]
        do { messages = try await store.load() } catch { throw .outboxFailed("\(error)") }
        guard !isOutboxLoaded else { return }
        isOutboxLoaded = true
        for message in messages.sorted(by: { $0.number < $1.number }) {
            lastToken = max(lastToken, message.number)
            storedTokens.insert(message.number)
            guard var packet = message.packet else {
                forget(message.number)
                logger.error("a message in the outbox's store cannot be read: \(message.number)")
                continue
            }
            if configuration.version != .v5 { packet.properties = [] }
            session.publish(packet, token: message.number, at: .now())
        }
    }

    /// Makes a message safe before it is handed on.
    func store(_ packet: Publish, token: UInt64) async throws(ClientError) {
        guard let store = configuration.outboxStore, packet.qos != .atMostOnce else { return }
        do { try await store.store(OutboxEntry(packet, number: token)) } catch {
            throw .outboxFailed("\(error)")
        }
        storedTokens.insert(token)
    }

    /// A message has come to its end.
    func forget(_ token: UInt64) {
        guard let store = configuration.outboxStore, storedTokens.remove(token) != nil else { return }
        let before = lastRemoval
        lastRemoval = Task {
            await before?.value
            do { try await store.remove(token) } catch {
                self.logger.error("a message stays in the outbox's store, and will be sent again: \(error)")
            }
        }
    }
}

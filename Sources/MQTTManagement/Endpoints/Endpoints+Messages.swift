import Hummingbird
import MQTTBroker
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Endpoints {
    static func retained(_ management: Management) -> [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/topics", name: "topics", tag: "messages", role: .read,
                summary: "The levels below a topic in the tree of retained messages, at most 1000.",
                parameters: [.query("below", "A topic; without it, the first levels of all topics.")],
                answer: TopicLevels.self
            ) { request in
                let levels = try await management.broker.topicLevels(
                    below: MQTTString(request.text("below") ?? ""))
                return try .json(
                    TopicLevels(
                        items: levels.map {
                            TopicLevelValue(
                                name: $0.name.description, retained: $0.isRetained, children: $0.hasChildren)
                        }))
            },
            Endpoint(
                method: .get, path: "/retained", name: "retainedMessages", tag: "messages", role: .read,
                summary: "Retained messages, without payloads.",
                parameters: [
                    .query(
                        "filter",
                        "A topic filter that their topics match; `$SYS/#` for those of the broker itself.")
                ]
                    + paging, answer: RetainedPage.self
            ) { request in
                let page = try await management.broker.retainedMessages(
                    matching: try filter(request.text("filter")), limit: try request.limit,
                    after: try request.cursor)
                return try .json(
                    RetainedPage(items: page.elements.map(RetainedValue.init), next: page.next?.description))
            },
            Endpoint(
                method: .get, path: "/retained/message", name: "retainedMessage", tag: "messages",
                role: .operate, summary: "A retained message with its payload, 64 KiB of it at the most.",
                parameters: [.query("topic", required: true, "Its topic.")],
                answer: RetainedMessageValue.self,
                showsMessages: true
            ) { request in
                let topic = try request.required("topic")
                guard let message = try await management.broker.retainedMessage(at: MQTTString(topic)) else {
                    throw AdminError.notFound("nothing is retained at \(topic)")
                }
                return try .json(RetainedMessageValue(message))
            },
            Endpoint(
                method: .delete, path: "/retained/message", name: "deleteRetainedMessage", tag: "messages",
                role: .operate, summary: "Deletes the message that is retained at a topic.",
                parameters: [.query("topic", required: true, "Its topic.")]
            ) { request in
                let topic = try request.required("topic")
                guard try await management.broker.removeRetained(at: MQTTString(topic)) else {
                    throw AdminError.notFound("nothing is retained at \(topic)")
                }
                return .done
            },
            Endpoint(
                method: .delete, path: "/retained", name: "deleteRetainedMessages", tag: "messages",
                role: .operate, summary: "Deletes all retained messages whose topics match a filter.",
                parameters: [.query("filter", required: true, "A topic filter.")], answer: DeletedValue.self
            ) { request in
                let filter = try filter(try request.required("filter"))
                let deleted = try await delete(management.broker, filter)
                request.note("\(deleted) deleted")
                return try .json(DeletedValue(deleted: deleted))
            },
        ]
    }

    static func publish(_ management: Management) -> [Endpoint] {
        [
            Endpoint(
                method: .post, path: "/publish", name: "publish", tag: "messages", role: .operate,
                summary: "Publishes a message; answers when the broker has taken it.",
                body: PublishValue.self
            ) { request in
                let message = try await request.body(PublishValue.self)
                request.note(message.summary)
                try await publish(message, management.broker)
                return .done
            }
        ]
    }

    private static func publish(_ message: PublishValue, _ broker: Broker) async throws {
        guard let qos = QoS(rawValue: UInt8(clamping: message.qos ?? 0)) else {
            throw AdminError.refused("qos must be 0, 1 or 2")
        }
        let topic = MQTTString(message.topic)
        guard let filter = try? TopicFilter(topic), !filter.hasWildcard else {
            throw AdminError.refused("topic must be a topic name, without wildcards")
        }
        var payload = ByteBuffer(string: message.payload ?? "")
        if message.encoding == .base64 {
            guard let data = Data(base64Encoded: message.payload ?? "") else {
                throw AdminError.refused("payload is no base64")
            }
            payload = ByteBuffer(bytes: data)
        }
        var properties = Properties()
        properties.messageExpiryInterval = message.expirySeconds
        properties.contentType = message.contentType.map { MQTTString($0) }
        do {
            try await broker.publish(
                topic: topic, payload: payload, qos: qos, retain: message.retain ?? false,
                properties: properties)
        } catch let error as InProcessError {
            throw AdminError.refused("\(error)")
        }
    }

    private static func filter(_ text: String?) throws -> TopicFilter? {
        guard let text, !text.isEmpty else { return nil }
        guard let filter = try? TopicFilter(MQTTString(text)), !filter.isShared else {
            throw AdminError.badRequest("filter is no topic filter")
        }
        return filter
    }

    /// The broker's own topics stay: it would only publish them again.
    private static func delete(_ broker: Broker, _ filter: TopicFilter?) async throws -> Int {
        var deleted = 0
        var cursor: InspectionCursor?
        repeat {
            let page = try await broker.retainedMessages(matching: filter, limit: 1_000, after: cursor)
            for message in page.elements where !message.topic.bytes.starts(with: "$SYS/".utf8) {
                if try await broker.removeRetained(at: message.topic) { deleted += 1 }
            }
            cursor = page.next
        } while cursor != nil
        return deleted
    }
}

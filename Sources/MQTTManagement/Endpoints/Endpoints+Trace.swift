import Hummingbird
import MQTTBroker
import NIOCore
import ServiceLifecycle

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Endpoints {
    static func trace(_ management: Management) -> [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/trace", name: "trace", tag: "trace", role: .operate,
                summary:
                    "What happens from now on, as Server-Sent Events: of one client, of one address, or all; "
                    + "and messages of one topic filter, by topic and size. Who does not keep up is told by `left-out` how "
                    + "many lines are missing.",
                parameters: [
                    .query("client", "Only events of this client identifier."),
                    .query("address", "Only events of this address, with or without port."),
                    .query("filter", "Messages to topics that match this topic filter, too."),
                ], mediaType: "text/event-stream", showsMessages: true
            ) { request in
                let filter = TraceFilter(client: request.text("client"), address: request.text("address"))
                let leftOut = LeftOut()
                guard let events = management.hub.follow(leftOut) else {
                    throw AdminError(
                        status: .serviceUnavailable, message: "\(EventHub.maximum) follow already")
                }
                var messages: MQTTBroker.Subscription?
                if let text = request.text("filter"), !text.isEmpty {
                    guard (try? TopicFilter(MQTTString(text))) != nil else {
                        throw AdminError.badRequest("filter is no topic filter")
                    }
                    messages = try await management.broker.subscribe(MQTTString(text), qos: .atMostOnce)
                }
                return response(lines(events, messages, filter, leftOut), leftOut)
            }
        ]
    }

    /// Events and messages as one sequence, which ends with whoever reads it.
    private static func lines(
        _ events: AsyncStream<Event>, _ messages: MQTTBroker.Subscription?, _ filter: TraceFilter,
        _ leftOut: LeftOut
    ) -> AsyncStream<TraceLine> {
        let (lines, line) = AsyncStream.makeStream(
            of: TraceLine.self, bufferingPolicy: .bufferingNewest(EventHub.capacity))
        let task = Task {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    for await event in events {
                        let found = TraceLine(event)
                        if filter.takes(found) { leftOut.note(line.yield(found)) }
                    }
                }
                if let messages {
                    group.addTask {
                        do {
                            for try await message in messages { leftOut.note(line.yield(TraceLine(message))) }
                        } catch {
                            var end = TraceLine("messages-ended")
                            end.detail = "\(error)"
                            line.yield(end)
                        }
                    }
                }
            }
        }
        line.onTermination = { _ in task.cancel() }
        return lines
    }

    private static func response(_ lines: AsyncStream<TraceLine>, _ leftOut: LeftOut) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = ResponseBody { writer in
            // So that whoever asked knows at once that it has begun.
            try await writer.write(ByteBuffer(string: ": following\n\n"))
            for await line in lines.cancelOnGracefulShutdown() {
                var told = [line]
                let missing = leftOut.take()
                if missing > 0 { told.insert(TraceLine(leftOut: missing), at: 0) }
                for line in told {
                    let json = String(decoding: try encoder.encode(line), as: UTF8.self)
                    try await writer.write(ByteBuffer(string: "event: \(line.event)\ndata: \(json)\n\n"))
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
    }
}

extension TraceLine {
    /// Lines that are missing here.
    init(leftOut count: Int) {
        self.init("left-out")
        self.count = count
        detail = "what follows came too fast for this connection"
    }

    init(_ message: MQTTBroker.Message) {
        self.init("message")
        topic = message.topicName.description
        qos = Int(message.qos.rawValue)
        payloadBytes = message.payload.readableBytes
    }
}

import MQTTCodec
import NIOCore

extension MQTTClient {
    /// The messages of a subscription, in their order.
    ///
    /// Nothing is dropped: when they are not taken as fast as they come, the client stops reading from its connection
    /// (but for the time that it waits for an answer of the server), and so the server has to wait. When the value and
    /// all of its iterators are gone, the client unsubscribes.
    ///
    /// The sequence ends with ``unsubscribe()`` and with ``MQTTClient/disconnect(_:)``; it throws when the client has
    /// lost the server for good. It lives on across reconnections.
    public final class Subscription: AsyncSequence, Sendable {
        public typealias Element = Message
        public typealias Failure = ClientError

        /// What the server granted, one code for each filter.
        public let grants: [ReasonCode]
        let client: MQTTClient
        let number: Int
        let mailbox: Mailbox

        init(client: MQTTClient, number: Int, mailbox: Mailbox, grants: [ReasonCode]) {
            self.client = client
            self.number = number
            self.mailbox = mailbox
            self.grants = grants
        }

        /// Something was taken that the client has to look after.
        func callClient() {
            client.eventLoop.execute { [client, number] in client.assumeIsolated { $0.settle(number) } }
        }

        deinit {
            Task { [client, number] in await client.abandon(number) }
        }

        /// Ends the subscription, and the sequence after what has come already.
        ///
        /// - Throws: ``ClientError`` when the server does not confirm it; the sequence has ended all the same.
        public func unsubscribe() async throws(ClientError) { try await client.unsubscribe(number) }

        public func makeAsyncIterator() -> Iterator { Iterator(subscription: self) }

        public struct Iterator: AsyncIteratorProtocol {
            let subscription: Subscription

            /// The next message; nil at the end, and when the task is cancelled.
            public mutating func next(
                isolation actor: isolated (any Actor)? = #isolation
            ) async throws(ClientError) -> Message? {
                if let known = subscription.mailbox.takeOne(subscription.callClient) {
                    return try known.get()
                }
                return try await subscription.mailbox.wait(
                    upTo: 1, isolation: actor, subscription.callClient
                ).get().first
            }

            public mutating func next() async throws(ClientError) -> Message? {
                try await next(isolation: #isolation)
            }

            /// The messages that have come already, and at least one: for whoever is quicker with many at once.
            /// Each counts as taken.
            ///
            /// - Parameters:
            ///   - maximum: at least 1.
            ///   - actor: whom the iterator belongs to; the caller, unless something else is said.
            /// - Returns: empty at the end, and when the task is cancelled.
            public mutating func next(
                upTo maximum: Int, isolation actor: isolated (any Actor)? = #isolation
            ) async throws(ClientError) -> [Message] {
                let maximum = Swift.max(1, maximum)
                let mailbox = subscription.mailbox
                if let known = mailbox.take(maximum, subscription.callClient) { return try known.get() }
                return try await mailbox.wait(upTo: maximum, isolation: actor, subscription.callClient).get()
            }
        }
    }
}

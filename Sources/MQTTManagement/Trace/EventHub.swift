import MQTTBroker
import Synchronization

/// Passes events of the broker on to those who follow them. While nobody does, an event costs one comparison.
public final class EventHub: Sendable {
    private struct Followers {
        var next = 0
        var all: [Int: Follower] = [:]
    }

    private struct Follower {
        var continuation: AsyncStream<Event>.Continuation
        var leftOut: LeftOut
    }

    private let count = Atomic(0)
    private let followers = Mutex(Followers())

    /// The most that may follow at a time.
    public static let maximum = 32
    /// Events that wait for one who follows.
    static let capacity = 1_000

    public init() {}

    /// To be called with every event, on any event loop; never waits.
    public func publish(_ event: Event) {
        guard count.load(ordering: .relaxed) > 0 else { return }
        let followers = followers.withLock { Array($0.all.values) }
        for follower in followers { follower.leftOut.note(follower.continuation.yield(event)) }
    }

    /// Events from now on. Whoever does not keep up loses the oldest of ``capacity``, which are counted. nil: too many
    /// follow already.
    func follow(_ leftOut: LeftOut) -> AsyncStream<Event>? {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingNewest(Self.capacity))
        let number: Int? = followers.withLock { followers in
            guard followers.all.count < Self.maximum else { return nil }
            followers.next += 1
            followers.all[followers.next] = Follower(continuation: continuation, leftOut: leftOut)
            return followers.next
        }
        guard let number else { return nil }
        count.add(1, ordering: .relaxed)
        continuation.onTermination = { [weak self] _ in
            guard let self else { return }
            _ = followers.withLock { $0.all.removeValue(forKey: number) }
            count.subtract(1, ordering: .relaxed)
        }
        return stream
    }
}

import MQTTTransport

/// Other listeners for a running broker, with their sockets bound already: whatever can go wrong has not. Either
/// ``Broker/take(_:ports:isRevoked:)`` or ``Broker/abandon(_:)`` has to follow.
public struct ListenerChange: Sendable {
    /// What is to be there, in the order wanted.
    let all: [OpenListener]
    /// Those that stay, and what they are to be like.
    let kept: [(listener: OpenListener, configuration: ListenerConfiguration)]
    /// Those that are new. Their connections wait in the kernel.
    let opened: [OpenListener]
    let ended: [OpenListener]

    /// Which of the old listeners each of the new ones goes on with: the one at the same place, whatever is
    /// spoken there.
    static func matches(_ old: [OpenListener], _ new: [ListenerConfiguration]) -> [OpenListener?] {
        var left = old
        return new.map { wanted in
            let index = left.firstIndex { $0.configuration.url.isSamePlace(as: wanted.url) }
            return index.map { left.remove(at: $0) }
        }
    }
}

extension ListenerURL {
    /// Whether both are one host and port, or one path, as they are written.
    func isSamePlace(as other: ListenerURL) -> Bool {
        if case .unix(let path) = self, case .unix(let otherPath) = other { return path == otherPath }
        return host != nil && host == other.host && port == other.port
    }

    /// Whether the system might not let both be bound at a time, as `0.0.0.0` and `127.0.0.1` with one port.
    func mayOverlap(_ other: ListenerURL) -> Bool { port != nil && port != 0 && port == other.port }
}

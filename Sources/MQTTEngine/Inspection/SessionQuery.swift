import MQTTCodec

/// Which sessions are wanted.
public struct SessionQuery: Sendable, Equatable {
    /// Part of the client identifier, the user name or the address; ASCII letters of either case are the same.
    /// Empty: all.
    public var text: [UInt8]
    /// Whether the client is connected; nil: either.
    public var isConnected: Bool?

    public init(text: String = "", isConnected: Bool? = nil) {
        self.text = text.utf8.map(Self.lowercased)
        self.isConnected = isConnected
    }

    func isPart(of bytes: some Collection<UInt8>) -> Bool {
        guard !text.isEmpty else { return true }
        guard bytes.count >= text.count else { return false }
        let lowercased = bytes.map(Self.lowercased)
        for start in 0...(lowercased.count - text.count)
        where lowercased[start..<start + text.count].elementsEqual(text) {
            return true
        }
        return false
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 32 : byte }
}

/// What sessions are ranked by.
public enum SessionRank: String, Sendable, CaseIterable {
    case queuedMessages, queuedBytes, inFlightMessages, bytesReceived, bytesSent, subscriptions

    func value(of session: SessionSummary) -> UInt64 {
        switch self {
        case .queuedMessages: UInt64(session.queuedMessages)
        case .queuedBytes: UInt64(session.queuedBytes)
        case .inFlightMessages: UInt64(session.inFlightMessages)
        case .bytesReceived: session.bytesReceived
        case .bytesSent: session.bytesSent
        case .subscriptions: UInt64(session.subscriptions)
        }
    }

    /// The first of them, highest first, without those that have 0.
    public func best(_ sessions: [SessionSummary], limit: Int) -> [SessionSummary] {
        Array(
            sessions.filter { value(of: $0) > 0 }.sorted { value(of: $0) > value(of: $1) }.prefix(limit))
    }
}

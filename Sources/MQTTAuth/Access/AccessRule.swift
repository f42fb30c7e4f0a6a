import MQTTCodec

/// One line of an ``AccessFile``.
public struct AccessRule: Sendable, Hashable {
    public enum Access: String, Sendable, Hashable, CaseIterable {
        /// Subscribing.
        case read
        /// Publishing.
        case write
        case readwrite
        /// Neither, whatever other rules allow.
        case deny
    }

    /// Whom it is about.
    public enum Subject: Sendable, Hashable {
        /// Clients without a user name.
        case anonymous
        case user(MQTTString)
        /// Every client: `%u` in it is the user's name, `%c` the client identifier.
        case everybody
    }

    public let subject: Subject
    public let access: Access
    /// As it is written, with `%u` and `%c`.
    public let filter: MQTTString
    /// Where it stands in the file, counted from 1.
    public let line: Int
    let levels: [AccessLevel]
    /// Whether ``levels`` depend on the client.
    let hasPlaceholder: Bool

    /// - Throws: ``WireError/invalidTopicFilter`` for what is no topic filter, and for shared ones.
    init(_ subject: Subject, _ access: Access, _ filter: MQTTString, line: Int) throws(WireError) {
        guard try !TopicFilter(filter).isShared else { throw .invalidTopicFilter }
        self.subject = subject
        self.access = access
        self.filter = filter
        self.line = line
        levels = AccessLevel.levels(of: filter.bytes[...])
        hasPlaceholder = subject == .everybody && Self.hasPlaceholder(filter.bytes)
    }

    private static func hasPlaceholder(_ bytes: [UInt8]) -> Bool {
        zip(bytes, bytes.dropFirst()).contains { percent, letter in
            percent == UInt8(ascii: "%") && (letter == UInt8(ascii: "u") || letter == UInt8(ascii: "c"))
        }
    }

    var allowsReading: Bool { access == .read || access == .readwrite }
    var allowsWriting: Bool { access == .write || access == .readwrite }

    /// The levels for a client; nil: the rule does not hold for it.
    ///
    /// What a client calls itself must not let it out of its place: a rule that allows something does not hold
    /// for names with a wildcard or a level separator in them, for empty ones, nor for one that would become
    /// the beginning of a topic that starts with `$`. A rule that denies holds for all names.
    func levels(for client: AccessClient) -> [AccessLevel]? {
        guard hasPlaceholder else { return levels }
        var resolved: [AccessLevel] = []
        for level in levels {
            guard case .name(let name) = level else {
                resolved.append(level)
                continue
            }
            guard let bytes = replacePlaceholders(name, client) else { return nil }
            let startsAnew = resolved.isEmpty && bytes.first == UInt8(ascii: "$") && name.first != bytes.first
            if startsAnew && access != .deny { return nil }
            for part in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
                resolved.append(.name(part))
            }
        }
        return resolved
    }

    private func replacePlaceholders(_ name: ArraySlice<UInt8>, _ client: AccessClient) -> ArraySlice<UInt8>?
    {
        var bytes: [UInt8] = []
        var rest = name
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), let letter = rest.first else {
                bytes.append(byte)
                continue
            }
            let value: MQTTString?
            switch letter {
            case UInt8(ascii: "u"): value = client.userName
            case UInt8(ascii: "c"): value = client.clientIdentifier
            default:
                bytes.append(byte)
                continue
            }
            rest.removeFirst()
            guard let value, access == .deny || Self.isSafe(value) else { return nil }
            bytes += value.bytes
        }
        return bytes[...]
    }

    private static func isSafe(_ value: MQTTString) -> Bool {
        !value.isEmpty && !value.bytes.contains { byte in "+#/".utf8.contains(byte) }
    }
}

extension AccessRule: CustomStringConvertible {
    public var description: String {
        switch subject {
        case .anonymous: "topic \(access.rawValue) \(filter) (for clients without a user name)"
        case .user(let name): "topic \(access.rawValue) \(filter) (for user \(name))"
        case .everybody: "pattern \(access.rawValue) \(filter)"
        }
    }
}

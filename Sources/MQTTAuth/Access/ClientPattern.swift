import MQTTCodec

/// A client identifier, or with `*` at its end all that begin so.
public struct ClientPattern: Sendable, Hashable {
    private let bytes: [UInt8]
    private let isPrefix: Bool

    public init(_ text: String) {
        let all = Array(text.utf8)
        isPrefix = all.last == UInt8(ascii: "*")
        bytes = isPrefix ? all.dropLast() : all
    }

    func matches(_ identifier: MQTTString) -> Bool {
        isPrefix ? identifier.bytes.starts(with: bytes) : identifier.bytes == bytes
    }
}

extension Span where Element == UInt8 {
    /// Whether the bytes are a UTF-8 Encoded String: well-formed, without surrogates, overlong forms
    /// [MQTT-1.5.4-1] and U+0000 [MQTT-1.5.4-2]. A byte order mark is text like any other [MQTT-1.5.4-3].
    public var isMQTTString: Bool {
        var index = 0
        while index < count {
            let first = self[index]
            if first < 0x80 {
                if first == 0 { return false }
                index += 1
                continue
            }
            let length: Int
            var low: UInt8 = 0x80
            var high: UInt8 = 0xBF
            switch first {
            case 0xC2...0xDF: length = 2
            case 0xE0: (length, low) = (3, 0xA0)
            case 0xED: (length, high) = (3, 0x9F)
            case 0xE1...0xEF: length = 3
            case 0xF0: (length, low) = (4, 0x90)
            case 0xF1...0xF3: length = 4
            case 0xF4: (length, high) = (4, 0x8F)
            default: return false
            }
            guard count - index >= length else { return false }
            let second = self[index + 1]
            guard second >= low && second <= high else { return false }
            for next in 2..<Swift.max(length, 2) where self[index + next] & 0xC0 != 0x80 { return false }
            index += length
        }
        return true
    }
}

extension Span where Element == UInt8 {
    /// Whether the bytes are a UTF-8 Encoded String: well-formed, without surrogates, overlong forms
    /// [MQTT-1.5.4-1] and U+0000 [MQTT-1.5.4-2]. A byte order mark is text like any other [MQTT-1.5.4-3].
    public var isMQTTString: Bool {
        var index = 0
        while index < count {
            // Nearly all text of topics is ASCII: eight bytes at a time, and where that fails one by one.
            if count - index >= 8 && isTextWord(at: index) {
                index += 8
                continue
            }
            let end = Swift.min(index + 8, count)
            while index < end {
                guard let length = characterLength(at: index) else { return false }
                index += length
            }
        }
        return true
    }

    /// Whether eight bytes are all ASCII and none is 0. Taking 1 from each byte sets the highest bit of one
    /// that is 0; a byte that is not ASCII has it already. Bytes of 1 to 127 borrow nothing from the next.
    @inline(__always)
    private func isTextWord(at index: Int) -> Bool {
        // Unsafe only because not all types allow any bits: an integer does, and the place is checked.
        let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
        return (word | (word &- 0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080 == 0
    }

    /// How many bytes the character takes that begins here, 1 to 4; nil where none does.
    @inline(__always)
    private func characterLength(at index: Int) -> Int? {
        let first = self[index]
        if first < 0x80 { return first == 0 ? nil : 1 }
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
        default: return nil
        }
        guard count - index >= length else { return nil }
        let second = self[index + 1]
        guard second >= low && second <= high else { return nil }
        for next in 2..<Swift.max(length, 2) where self[index + next] & 0xC0 != 0x80 { return nil }
        return length
    }
}

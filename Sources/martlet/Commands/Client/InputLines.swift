import NIOCore

/// The lines of an input, without their ends; the last one counts without an end too.
struct InputLines {
    private let input: InputFile
    private var buffer = ByteBuffer()
    private var lines: [ByteBuffer] = []
    private var hasEnded = false

    init(_ input: InputFile) { self.input = input }

    /// nil: there are no more.
    mutating func next() async throws(ToolError) -> ByteBuffer? {
        if lines.isEmpty { lines = try await batch().reversed() }
        return lines.popLast()
    }

    /// The lines that have come together, at least one; empty: there are no more.
    mutating func batch() async throws(ToolError) -> [ByteBuffer] {
        var searched = 0
        while !hasEnded {
            let found = takeLines(from: searched)
            guard found.isEmpty else { return found }
            searched = buffer.readableBytes
            let more = try await input.read()
            if more.isEmpty { hasEnded = true } else { buffer.writeBytes(more) }
        }
        defer { buffer.clear() }
        return buffer.readableBytes > 0 ? [buffer] : []
    }

    /// - Parameter searched: so many bytes have no end of a line.
    private mutating func takeLines(from searched: Int) -> [ByteBuffer] {
        var lines: [ByteBuffer] = []
        var start = 0
        for end in Self.lineEnds(in: buffer.readableBytesUInt8Span, from: searched) {
            if let line = buffer.getSlice(at: buffer.readerIndex + start, length: end - start) {
                lines.append(line)
            }
            start = end + 1
        }
        // What is left moves to a buffer of its own: the lines have this one.
        if start > 0 {
            let rest = ByteBuffer(bytes: buffer.readableBytesView.dropFirst(start))
            buffer = rest
        }
        return lines
    }

    private static func lineEnds(in bytes: Span<UInt8>, from start: Int) -> [Int] {
        var ends: [Int] = []
        for index in start..<bytes.count where bytes[index] == 10 { ends.append(index) }
        return ends
    }
}

import MQTTClient
import MQTTCodec
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Prints messages as `sub` and `rr` are told to.
struct MessagePrinter {
    private let options: ToolOptions
    private let filterOuts: [TopicFilter]
    private var bytes: [UInt8] = []
    /// How many were printed.
    private(set) var count = 0

    init(_ options: ToolOptions) {
        self.options = options
        filterOuts = options.filterOuts.compactMap { try? TopicFilter(MQTTString($0)) }
    }

    /// How many may be taken before the next ``flush()``: none that is not to be printed, as far as that is known.
    var wanted: Int {
        if options.retainedOnly { return 1 }
        return min(1_000, options.messageCount.map { $0 - count } ?? .max)
    }

    func wants(_ message: MQTTClient.Message) -> Bool {
        if message.retain && options.leavesOutRetained { return false }
        if filterOuts.contains(where: { $0.matches(message.topicName) }) { return false }
        return options.percentage >= 100 || Double.random(in: 0..<100) < options.percentage
    }

    /// Appends a message to what ``flush()`` writes.
    mutating func print(_ message: MQTTClient.Message) {
        count += 1
        if let format = options.format {
            do {
                try format.render(message, at: .now(), isPretty: options.isPretty, into: &bytes)
            } catch {
                if !options.isQuiet { StandardError.write(line: "Error: \(error.text)") }
            }
            if options.endsLines { bytes.append(10) }
        } else if message.payload.readableBytes > 0 {
            if options.isVerbose {
                bytes += message.topicName.bytes
                bytes.append(32)
            }
            bytes += message.payload.readableBytesView
            if options.endsLines { bytes.append(10) }
        } else if options.isVerbose && options.endsLines {
            bytes += message.topicName.bytes
            bytes += " (null)\n".utf8
        }
    }

    /// Writes what was printed.
    ///
    /// Ends the program at once if that cannot be written, so that nothing more is acknowledged: with 1, or with 0
    /// if nobody reads it any more.
    nonisolated(nonsending) mutating func flush() async {
        guard !bytes.isEmpty else { return }
        defer { bytes.removeAll(keepingCapacity: bytes.count <= 1_048_576) }
        do throws(StandardOutput.Failure) {
            try await StandardOutput.writeAway(bytes)
        } catch {
            guard case .other(let reason) = error else { exit(0) }
            if !options.isQuiet {
                StandardError.write(line: "Error: Unable to write to standard output: \(reason).")
            }
            exit(1)
        }
    }
}

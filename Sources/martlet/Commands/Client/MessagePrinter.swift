import MQTTClient
import MQTTCodec
import NIOCore

/// Prints messages as `sub` and `rr` are told to.
struct MessagePrinter {
    private let options: ToolOptions
    private let filterOuts: [TopicFilter]
    /// How many were printed.
    private(set) var count = 0

    init(_ options: ToolOptions) {
        self.options = options
        filterOuts = options.filterOuts.compactMap { try? TopicFilter(MQTTString($0)) }
    }

    func wants(_ message: MQTTClient.Message) -> Bool {
        if message.retain && options.leavesOutRetained { return false }
        if filterOuts.contains(where: { $0.matches(message.topicName) }) { return false }
        return options.percentage >= 100 || Double.random(in: 0..<100) < options.percentage
    }

    /// Returns false when nobody reads it any more.
    mutating func print(_ message: MQTTClient.Message) -> Bool {
        count += 1
        var bytes: [UInt8] = []
        if let format = options.format {
            do {
                try format.render(message, at: .now(), isPretty: options.isPretty, into: &bytes)
            } catch {
                if !options.isQuiet { StandardError.write(line: "Error: \(error.text)") }
            }
            if options.endsLines { bytes.append(10) }
        } else if message.payload.readableBytes > 0 {
            if options.isVerbose { bytes += message.topicName.bytes + [32] }
            bytes += message.payload.readableBytesView
            if options.endsLines { bytes.append(10) }
        } else if options.isVerbose && options.endsLines {
            bytes += message.topicName.bytes + Array(" (null)\n".utf8)
        }
        return StandardOutput.write(bytes)
    }
}

import ArgumentParser
import MQTTClient
import MQTTCodec
import NIOCore

struct Pub: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Publish messages, with the options of mosquitto_pub.", discussion: Tool.exitStatus,
        helpNames: .long)

    @OptionGroup(title: "Message") var message: MessageArguments
    @OptionGroup(title: "Publishing") var publishing: PublishArguments
    @OptionGroup(title: "Connection") var connection: ConnectionArguments
    @OptionGroup(title: "TLS") var security: SecurityArguments

    /// Reading as Mosquitto's tools do is not the parser's way: the words are taken as they are.
    func run() async throws { try await Tool.run(.pub, Array(CommandLine.arguments.dropFirst(2))) }

    static func publish(_ options: ToolOptions) async throws(ToolError) {
        let payload = try await payload(options)
        let client = MQTTClient(options.clientConfiguration)
        try await Tool.connect(client, options)
        var failure: ToolError?
        do throws(ToolError) {
            if let payload {
                try await Tool.told(options) { () throws(ClientError) in
                    try await publish(payload, client, options)
                }
            } else {
                // Handing messages over is too little work to wake another thread for each acknowledgement.
                try await withTaskExecutorPreference(client.taskExecutor) { () throws(ToolError) in
                    try await publishLines(client, options)
                }
            }
        } catch {
            failure = error
        }
        await Tool.disconnect(client, options)
        if let failure { throw failure }
    }

    /// The message; nil: there is one for each line.
    static func payload(_ options: ToolOptions) async throws(ToolError) -> ByteBuffer? {
        switch options.source {
        case .none, .null: return ByteBuffer()
        case .text(let bytes): return ByteBuffer(bytes: bytes)
        case .lines: return nil
        case .standardInput:
            let bytes = try await load(.standardInput, "from stdin")
            guard !bytes.isEmpty else {
                throw ToolError(
                    "Zero length input.\nError loading input from stdin.", isUsage: false)
            }
            return ByteBuffer(bytes: bytes)
        case .file(let path):
            guard let file = InputFile(path: path) else {
                throw ToolError(
                    "Unable to open file \"\(path)\".\nError loading input file \"\(path)\".",
                    isUsage: false)
            }
            return ByteBuffer(bytes: try await load(file, "file \"\(path)\""))
        }
    }

    /// All of an input: one that breaks off is no message.
    private static func load(_ input: InputFile, _ name: String) async throws(ToolError) -> [UInt8] {
        do {
            return try await input.readAll()
        } catch {
            throw ToolError("\(error.text)\nError loading input \(name).", isUsage: false)
        }
    }

    private static func publish(
        _ payload: ByteBuffer, _ client: MQTTClient, _ options: ToolOptions
    ) async throws(ClientError) {
        for number in 1...options.repeatCount {
            if number > 1 && options.repeatDelay > .zero {
                do { try await Task.sleep(for: options.repeatDelay) } catch { throw .cancelled }
            }
            do {
                try await client.publish(
                    options.topics[0], payload: payload, qos: options.qos, retain: options.retain,
                    properties: options.properties(of: .publish))
            } catch .publishRefused(let code, _) {
                Tool.warn(number, code, options)
            }
        }
    }

    private static func publishLines(_ client: MQTTClient, _ options: ToolOptions) async throws(ToolError) {
        var lines = InputLines(.standardInput)
        var waiting = Receipts(options)
        let message = MQTTClient.ApplicationMessage(
            topicName: MQTTString(options.topics[0]), payload: ByteBuffer(), qos: options.qos,
            retain: options.retain, properties: options.properties(of: .publish))
        var failure: ToolError?
        while failure == nil {
            var batch: [ByteBuffer] = []
            // What was read before an error is published nevertheless, each line of it is whole.
            do { batch = try await lines.batch() } catch { failure = error }
            guard !batch.isEmpty else { break }
            let messages = batch.map { line in
                var message = message
                message.payload = line
                return message
            }
            try await Tool.told(options) { () throws(ClientError) in
                waiting.append(try await client.submit(messages))
                while waiting.count > 10_000 { try await waiting.settleFirst() }
            }
        }
        try await Tool.told(options) { () throws(ClientError) in
            while waiting.count > 0 { try await waiting.settleFirst() }
        }
        if let failure { throw failure }
    }
}

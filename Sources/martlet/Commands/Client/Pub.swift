import ArgumentParser
import MQTTClient
import MQTTCodec
import NIOCore

struct Pub: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Publish messages, with the options of mosquitto_pub.", helpNames: [])

    @Argument(parsing: .captureForPassthrough, help: "See martlet pub --help.")
    var options: [String] = []

    func run() async throws { try await Tool.run(.pub, options, Self.publish) }

    private static func publish(_ options: ToolOptions) async throws(ToolError) {
        let payload = try await payload(options)
        let client = MQTTClient(options.clientConfiguration)
        try await Tool.connect(client, options)
        var failure: ToolError?
        do throws(ClientError) {
            if let payload {
                try await publish(payload, client, options)
            } else {
                try await publishLines(client, options)
            }
        } catch {
            failure = Tool.failure(error, options)
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
            let bytes = await InputFile.standardInput.readAll()
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
            return ByteBuffer(bytes: await file.readAll())
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

    private static func publishLines(_ client: MQTTClient, _ options: ToolOptions) async throws(ClientError) {
        var lines = InputLines(.standardInput)
        var receipts: [(Int, PublishReceipt)] = []
        var number = 0
        while let line = await lines.next() {
            number += 1
            receipts.append(
                (
                    number,
                    try await client.submit(
                        options.topics[0], payload: ByteBuffer(bytes: line), qos: options.qos,
                        retain: options.retain, properties: options.properties(of: .publish))
                ))
            if receipts.count >= 10_000 { try await settle(&receipts, options) }
        }
        try await settle(&receipts, options)
    }

    private static func settle(
        _ receipts: inout [(Int, PublishReceipt)], _ options: ToolOptions
    ) async throws(ClientError) {
        for (number, receipt) in receipts {
            do {
                try await receipt.fulfilled()
            } catch .publishRefused(let code, _) {
                Tool.warn(number, code, options)
            }
        }
        receipts.removeAll()
    }
}

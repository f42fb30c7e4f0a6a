import ArgumentParser
import MQTTClient
import MQTTCodec
import NIOCore
import NIOPosix
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What `pub`, `sub` and `rr` have in common: how they begin, and how they end.
enum Tool {
    /// What the help says in the end.
    static let exitStatus =
        "Ends with 0 when it is done, with 1 when it did not work, with 27 when the time of -W was over, else with the "
        + "code with which the broker refused the connection."

    /// Runs one of the commands without the parser of all the others, which takes its time to look at them.
    static func main(_ kind: ToolKind, _ arguments: [String]) async -> Never {
        do {
            try await run(kind, arguments)
        } catch {
            exit(error.rawValue)
        }
        exit(0)
    }

    /// Reads the command line and does what it asks for.
    ///
    /// - Throws: the exit code.
    static func run(_ kind: ToolKind, _ arguments: [String]) async throws(ExitCode) {
        var options = ToolOptions(kind)
        do throws(ToolError) {
            try options.read(DefaultsFile.arguments(kind))
            try options.read(arguments)
            if options.wantsHelp {
                StandardOutput.write(line: kind.help)
                return
            }
            if options.wantsVersion {
                StandardOutput.write(Array("\(kind.name) version \(Version.current)\n".utf8))
                return
            }
            try options.check()
            switch kind {
            case .pub: try await Pub.publish(options)
            case .sub: try await Sub.subscribe(options)
            case .rr: try await RequestResponse.request(options)
            }
        } catch {
            if !options.isQuiet || error.isUsage { report(error, kind) }
            throw ExitCode(error.code)
        }
    }

    private static func report(_ error: ToolError, _ kind: ToolKind) {
        guard !error.text.isEmpty else { return }
        let ownWords = ["Connection error", "Timed out", "Unable to connect", "All subscription"]
        let prefix = ownWords.contains { error.text.hasPrefix($0) } ? "" : "Error: "
        StandardError.write(line: prefix + error.text)
        if error.isUsage { StandardError.write(line: "\nUse '\(kind.name) --help' to see usage.") }
    }

    /// Connects a client.
    static func connect(_ client: MQTTClient, _ options: ToolOptions) async throws(ToolError) {
        do {
            try await client.connect()
        } catch {
            throw failure(error, options)
        }
    }

    /// Runs a body; its error becomes one of the tool, see ``failure(_:_:)``.
    nonisolated(nonsending) static func told(
        _ options: ToolOptions, _ body: nonisolated(nonsending) () async throws(ClientError) -> Void
    ) async throws(ToolError) {
        do {
            try await body()
        } catch {
            throw failure(error, options)
        }
    }

    /// What to say and to end with, after an error of the client.
    static func failure(_ error: ClientError, _ options: ToolOptions) -> ToolError {
        // What mosquitto_pub says, and the others do not.
        let more = options.kind == .pub ? "\nError: The connection was refused." : ""
        switch error {
        case .connectionRefused(let code, _) where options.version == .v5:
            let advice =
                code == .unsupportedProtocolVersion
                ? " Try connecting to an MQTT v5 broker, or use MQTT v3.x mode." : ""
            return ToolError(
                "Connection error: \(ToolReason.text(code))\(advice.isEmpty ? "" : ".")\(advice)\(more)",
                isUsage: false, code: Int32(code.rawValue))
        case .connectionRefused(let code, _):
            let code = ConnectReturnCode(code)
            return ToolError(
                "Connection error: \(ToolReason.text(code))\(more)", isUsage: false,
                code: Int32(code.rawValue)
            )
        case .unreachable(let text) where text.contains("is not known"):
            return ToolError("Unable to connect (Lookup error.).", isUsage: false)
        case .unreachable(let text): return ToolError(text, isUsage: false)
        // Mosquitto's numbers for a connection that was lost, and for TLS.
        case .connectionLost: return ToolError("The connection was lost.", isUsage: false, code: 7)
        case .securityFailed: return ToolError("\(error)", isUsage: false, code: 8)
        default: return ToolError("\(error)", isUsage: false)
        }
    }

    /// Runs the body until it ends, the time is over or a signal comes.
    ///
    /// - Throws: ``ToolError`` with 27 when the time is over.
    static func untilTold(
        _ client: MQTTClient, _ options: ToolOptions, _ body: () async throws(ToolError) -> Void
    ) async throws(ToolError) {
        let timedOut = Completion()
        let timer = Task {
            guard let seconds = options.timeout else { return }
            try await Task.sleep(for: .seconds(seconds))
            await timedOut.set()
            await client.disconnect(farewell(options))
        }
        let signals = Task {
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                await client.disconnect(farewell(options))
                return
            }
        }
        defer {
            timer.cancel()
            signals.cancel()
        }
        var failure: ToolError?
        do {
            try await body()
        } catch {
            failure = error
        }
        if await timedOut.isSet { throw ToolError("Timed out", isUsage: false, code: 27) }
        if let failure { throw failure }
    }

    private actor Completion {
        private(set) var isSet = false

        func set() { isSet = true }
    }

    /// Ended from outside: the will is published.
    private static func farewell(_ options: ToolOptions) -> Disconnect {
        options.version == .v5
            ? Disconnect(
                reasonCode: .disconnectWithWillMessage, properties: options.properties(of: .disconnect))
            : Disconnect()
    }

    static func disconnect(_ client: MQTTClient, _ options: ToolOptions) async {
        await client.disconnect(Disconnect(properties: options.properties(of: .disconnect)))
    }

    /// A refusal of a message is told, and no failure.
    static func warn(_ number: Int, _ code: ReasonCode, _ options: ToolOptions) {
        guard !options.isQuiet else { return }
        StandardError.write(line: "Warning: Publish \(number) failed: \(ToolReason.text(code)).")
    }
}

import Foundation
import Testing

/// The built program as a process of its own.
final class RunningMartlet: Sendable {
    let process: ChildProcess
    private let lines: AsyncStream<String>

    /// The program lies beside the tests, wherever they were built.
    private static var program: URL {
        #if canImport(Darwin)
            let tests = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
            let directory = (tests ?? Bundle.main).bundleURL.deletingLastPathComponent()
        #else
            let directory = Bundle.main.bundleURL
        #endif
        return directory.appending(path: "martlet")
    }

    /// - Parameter input: all of standard input; nil: that of the tests.
    init(_ arguments: [String], environment: [String: String] = [:], input: String? = nil) throws {
        // Nothing of the environment of the tests may change what they see.
        let variables = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("MARTLET_") }
            // Hashing passwords takes its time in a debug build on a busy machine.
            .merging(["MARTLET_LIMITS_TIME_TO_CONNECT": "5m"]) { $1 }
            .merging(environment) { $1 }
        process = try ChildProcess(Self.program.path, arguments, environment: variables, input: input)
        lines = Self.lines(of: process.errors.fileHandleForReading)
    }

    deinit { process.terminate() }

    /// The next line of standard error that has the text in it; nil: it ended without.
    func line(with text: String) async -> String? {
        await lines.first { $0.contains(text) }
    }

    /// The next lines of standard error, to the one that has the text in it.
    func lines(to text: String) async -> [String] {
        var found: [String] = []
        for await line in lines {
            found.append(line)
            if line.contains(text) { break }
        }
        return found
    }

    /// What is left of standard error, to its end.
    func restOfLines() async -> [String] {
        var rest: [String] = []
        for await line in lines { rest.append(line) }
        return rest
    }

    func exitStatus() async -> Int32? {
        await process.ended.first { _ in true }
    }

    /// All of standard output, once the program has ended.
    func output() -> String {
        let file = process.output.fileHandleForReading
        var output = Data()
        while true {
            let part = Self.part(of: file)
            if part.isEmpty { return String(decoding: output, as: UTF8.self) }
            output += part
        }
    }

    private static func lines(of file: FileHandle) -> AsyncStream<String> {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        // A thread of its own: it waits in read(2).
        Thread.detachNewThread {
            var rest = Data()
            while true {
                let part = Self.part(of: file)
                if part.isEmpty { break }
                rest += part
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    line.yield(String(decoding: rest[..<end], as: UTF8.self))
                    rest = Data(rest[(end + 1)...])
                }
            }
            line.finish()
        }
        return lines
    }

    /// What has come, waiting for it; nothing: it has ended.
    private static func part(of file: FileHandle) -> Data {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe read(file.fileDescriptor, &bytes, bytes.count)
            if count >= 0 || errno != EINTR { return Data(bytes.prefix(max(0, count))) }
        }
    }
}

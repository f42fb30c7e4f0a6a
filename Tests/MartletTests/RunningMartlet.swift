import Foundation
import Testing

/// The built program as a process of its own.
final class RunningMartlet: Sendable {
    let process: Process
    private let standardOutput: Pipe
    private let lines: AsyncStream<String>
    private let ended: AsyncStream<Int32>

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
        process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        // Nothing of the environment of the tests may change what they see.
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("MARTLET_") }
            // Hashing passwords takes its time in a debug build on a busy machine.
            .merging(["MARTLET_LIMITS_TIME_TO_CONNECT": "5m"]) { $1 }
            .merging(environment) { $1 }
        if let input {
            let pipe = Pipe()
            process.standardInput = pipe
            // It fits into the pipe, so nobody has to read it yet.
            pipe.fileHandleForWriting.write(Data(input.utf8))
            try pipe.fileHandleForWriting.close()
        }
        standardOutput = Pipe()
        process.standardOutput = standardOutput
        let standardError = Pipe()
        process.standardError = standardError
        lines = Self.lines(of: standardError.fileHandleForReading)
        let (ended, end) = AsyncStream.makeStream(of: Int32.self)
        self.ended = ended
        process.terminationHandler = { process in
            end.yield(process.terminationReason == .exit ? process.terminationStatus : -1)
            end.finish()
        }
        try process.run()
    }

    deinit { if process.isRunning { process.terminate() } }

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
        await ended.first { _ in true }
    }

    /// All of standard output, once the program has ended.
    func output() throws -> String {
        String(decoding: try standardOutput.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }

    private static func lines(of file: FileHandle) -> AsyncStream<String> {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        // A thread of its own: it waits in read(2).
        Thread.detachNewThread {
            var rest = Data()
            while true {
                let part = file.availableData
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
}

import ArgumentParser

/// Tells problems to the person in front of the terminal and ends the program with the right status.
enum Report {
    /// - Throws: the exit code, after all problems are told.
    static func check(_ loaded: LoadedConfiguration) throws(ExitCode) {
        guard !loaded.problems.isEmpty else { return }
        for warning in loaded.warnings { StandardError.write(line: "warning: \(warning)") }
        for problem in loaded.problems { StandardError.write(line: "error: \(problem)") }
        throw status(of: loaded.problems).exitCode
    }

    static func status(of problems: [ConfigurationProblem]) -> ExitStatus {
        problems.allSatisfy(\.isUsage) ? .usage : .configuration
    }

    /// Runs the body; if it fails, says why and ends the program with the status given.
    static func orExit<Value: ~Copyable, Failure: Error>(
        _ status: ExitStatus, _ body: () throws(Failure) -> Value
    ) throws(ExitCode) -> Value {
        do {
            return try body()
        } catch {
            StandardError.write(line: "error: \(error)")
            throw status.exitCode
        }
    }

    /// As the other, for what takes its time.
    static func orExit<Value: ~Copyable, Failure: Error>(
        _ status: ExitStatus, _ body: () async throws(Failure) -> Value
    ) async throws(ExitCode) -> Value {
        do {
            return try await body()
        } catch {
            StandardError.write(line: "error: \(error)")
            throw status.exitCode
        }
    }
}

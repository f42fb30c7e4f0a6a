import ArgumentParser
import MQTTStorage

/// Reaches a store: by itself where no broker uses the directory, else through the broker.
enum StoreAccess {
    /// Does one or the other, and ends the program with the right status if it fails.
    static func reach<Value>(
        _ directory: String, alone: () throws -> Value, asking: () async throws -> Value
    ) async throws -> Value {
        let exists = try Report.orExit(.noInput) { () throws(ControlProblem) in
            guard StoreFile.exists(in: directory) else {
                throw ControlProblem(text: "there is no store in \(directory)")
            }
            return true
        }
        guard exists else { throw ExitStatus.noInput.exitCode }
        do {
            let lock = try DataDirectory(directory)
            let value = try alone()
            lock.unlock()
            return value
        } catch let problem as DataDirectoryProblem {
            guard problem.reason == .inUse else { throw fail(problem) }
        } catch {
            throw fail(error)
        }
        do {
            return try await asking()
        } catch {
            throw fail(error)
        }
    }

    /// Runs `body` on the store's file, or on a copy of it if a broker writes it.
    static func read<Value>(_ directory: String, _ body: (StoreFile) throws -> Value) async throws -> Value {
        try await reach(directory) {
            try settle(directory + "/" + StoreFile.name)
            return try body(try StoreFile(directory: directory))
        } asking: {
            let answer = try await ControlSocket.ask(.snapshot, in: directory)
            guard let copy = answer.snapshot else { throw ControlProblem(text: "the broker made no copy") }
            defer { StoreSnapshot.remove(copy) }
            try settle(copy)
            return try body(try StoreFile(path: copy))
        }
    }

    /// What is damaged is left to who reads it.
    static func settle(_ path: String) throws {
        do {
            try StoreFile.settle(path: path)
        } catch let error as StoreError where error.isCorruption {}
    }

    /// Says why, and returns the status to end with.
    static func fail(_ error: any Error) -> any Error {
        if error is ExitCode { return error }
        StandardError.write(line: "error: \(error)")
        return status(of: error).exitCode
    }

    private static func status(of error: any Error) -> ExitStatus {
        switch error {
        case is DataDirectoryProblem: .cannotCreate
        case is ControlProblem: .unavailable
        case let error as StoreError where error.isCorruption || error.isRefusal: .dataError
        case let error as StoreError where error.isInaccessible: .cannotCreate
        default: .software
        }
    }
}

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import Foundation
import Synchronization

/// A program as a process of its own, with pipes for its output and errors.
///
/// Not Foundation's: before it starts a program, that one copies whole directory entries, past the end of what
/// readdir(3) has read, and now and then that ends the tests.
final class ChildProcess: Sendable {
    let processIdentifier: pid_t
    /// What it writes to standard output, and to standard error.
    let output = Pipe()
    let errors = Pipe()
    /// Its exit status once it has ended; -1: a signal ended it.
    let ended: AsyncStream<Int32>
    private let isRunning = Mutex(true)

    /// - Parameter input: all of standard input, no more than fits into a pipe; nil: that of the tests.
    /// - Throws: `POSIXError` if the program cannot be started.
    init(_ program: String, _ arguments: [String], environment: [String: String], input: String?) throws {
        let standardInput = Pipe()
        if let input { standardInput.fileHandleForWriting.write(Data(input.utf8)) }
        try standardInput.fileHandleForWriting.close()
        processIdentifier = try Self.spawn(
            program, arguments, environment.map { "\($0)=\($1)" },
            standard: [
                input == nil ? 0 : standardInput.fileHandleForReading.fileDescriptor,
                output.fileHandleForWriting.fileDescriptor, errors.fileHandleForWriting.fileDescriptor,
            ])
        // So that they end when the process does.
        try output.fileHandleForWriting.close()
        try errors.fileHandleForWriting.close()
        let (ended, end) = AsyncStream.makeStream(of: Int32.self)
        self.ended = ended
        // A thread of its own: it waits.
        Thread.detachNewThread { [self] in
            end.yield(wait())
            end.finish()
        }
    }

    func terminate() {
        isRunning.withLock { if $0 { kill(processIdentifier, SIGTERM) } }
    }

    private func wait() -> Int32 {
        var information = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(processIdentifier), &information, WEXITED | WNOWAIT) != 0 {
            guard errno == EINTR else { break }
        }
        // From here on its number may become that of another process.
        return isRunning.withLock { isRunning in
            isRunning = false
            var status: Int32 = 0
            unsafe waitpid(processIdentifier, &status, 0)
            return status & 0x7f == 0 ? status >> 8 & 0xff : -1
        }
    }

    private static func spawn(
        _ program: String, _ arguments: [String], _ environment: [String], standard: [Int32]
    ) throws -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t? = nil
            var attributes: posix_spawnattr_t? = nil
        #else
            var actions = unsafe posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        for (place, descriptor) in standard.enumerated() where descriptor != place {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(place))
        }
        // The thread that starts it may have blocked signals, and the tests may ignore some.
        var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        #if canImport(Darwin)
            flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
            unsafe posix_spawn_file_actions_addinherit_np(&actions, 0)
        #else
            // The sockets of other tests. The headers show this function to C alone.
            typealias CloseFrom =
                @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
            guard let symbol = unsafe dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else {
                throw POSIXError(.ENOSYS)
            }
            let closeFrom = unsafe unsafeBitCast(symbol, to: CloseFrom.self)
            _ = unsafe closeFrom(&actions, 3)
        #endif
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        let words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        let variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        var child: pid_t = 0
        let failure = unsafe posix_spawn(&child, program, &actions, &attributes, words, variables)
        guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EINVAL) }
        return child
    }
}

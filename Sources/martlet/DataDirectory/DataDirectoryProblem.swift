#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why a data directory cannot be used, with what to do about it.
struct DataDirectoryProblem: Error, Equatable, CustomStringConvertible {
    enum Reason: Equatable {
        /// The system's error number.
        case unusable(Int32)
        /// Another broker holds the lock.
        case inUse
        case writableByOthers
        /// Neither XDG_STATE_HOME nor HOME is set.
        case unknown
    }

    var path: String
    var reason: Reason

    var description: String {
        switch reason {
        case .unusable(let number):
            let why = unsafe String(cString: strerror(number))
            return "the data directory \(path) cannot be used: \(why). Name another with --data DIR"
        case .inUse:
            return
                "the data directory \(path) is in use by another broker. Give this one its own with --data DIR"
        case .writableByOthers:
            return
                "the data directory \(path) can be written by others. Take that away with: chmod go-w \(path)"
        case .unknown:
            return "no data directory: neither XDG_STATE_HOME nor HOME is set. Name one with --data DIR"
        }
    }
}

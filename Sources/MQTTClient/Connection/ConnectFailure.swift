import NIOCore
import NIOPosix

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What to say of a connection that could not be made.
enum ConnectFailure {
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as IOError: return unsafe String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            if let cause = error.connectionErrors.first { return text(cause.error) }
            return "the host '\(error.host)' is not known"
        case ChannelError.connectTimeout: return "no answer in time"
        case is SocketAddressError.UnknownHost: return "the host is not known"
        default: return "\(error)"
        }
    }
}

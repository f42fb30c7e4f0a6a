import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Why it is not possible to listen somewhere, and what to do about it.
public struct BindError: Error, Sendable {
    public enum Reason: Sendable, Equatable {
        case addressInUse
        case permissionDenied
        /// No interface of this machine has the address.
        case addressNotAvailable
        case unknownHost
        /// The path of a Unix socket is that of another kind of file.
        case notASocket
        case other(String)
    }

    public let url: ListenerURL
    public let reason: Reason

    package init(_ url: ListenerURL, _ reason: Reason) {
        self.url = url
        self.reason = reason
    }

    package init(_ url: ListenerURL, _ error: any Error) {
        self.url = url
        guard let code = (error as? IOError)?.errnoCode else {
            reason = error is SocketAddressError.UnknownHost ? .unknownHost : .other("\(error)")
            return
        }
        reason =
            switch code {
            case EADDRINUSE: .addressInUse
            case EACCES, EPERM: .permissionDenied
            case EADDRNOTAVAIL, EAFNOSUPPORT: .addressNotAvailable
            default: .other("\(error)")
            }
    }
}

extension BindError: CustomStringConvertible {
    public var description: String { "cannot listen on \(url): \(explanation)" }

    private var explanation: String {
        switch reason {
        case .addressInUse:
            switch url {
            case .unix: "another process listens there; stop it or choose another path"
            default:
                "the port is taken; stop the program that has it (ss -ltnp shows it) or choose another port"
            }
        case .permissionDenied:
            switch url {
            case .unix: "permission denied; choose a directory that this user may write to"
            default: "permission denied; ports below 1024 need privileges, choose a higher one"
            }
        case .addressNotAvailable: "no network interface of this machine has that address"
        case .unknownHost: "the host is not known; write an IP address or correct the name"
        case .notASocket: "a file is there that is no socket; remove it or choose another path"
        case .other(let text): text
        }
    }
}

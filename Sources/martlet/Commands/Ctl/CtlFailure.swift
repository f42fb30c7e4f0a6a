import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why an administration listener cannot be reached, in words that say what to do.
enum CtlFailure {
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            guard let first = error.connectionErrors.first else { return "its name is not known" }
            return text(first.error)
        case let error as IOError: return text(error)
        case ChannelError.connectTimeout: return "it does not answer"
        case let error as HTTPClientError where error == .connectTimeout: return "it does not answer"
        case let error as HTTPClientError where error == .tlsHandshakeTimeout:
            return "it does not answer in TLS; does it want http: there?"
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            return "it closed the connection without an answer; does it want https: there?"
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return "its certificate is for another name"
        case is NIOSSLError, is BoringSSLError: return security("\(error)")
        default: return "\(error)"
        }
    }

    private static func text(_ error: IOError) -> String {
        guard error.errnoCode == ECONNREFUSED else {
            return unsafe String(cString: strerror(error.errnoCode))
        }
        return "nothing listens there. Does the broker run, and with admin.listen (martlet serve --admin "
            + "http://127.0.0.1:\(AdminAddress.defaultPort))? --url names another place"
    }

    private static func security(_ text: String) -> String {
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate is not trusted; --cafile names the authority that made it"
        }
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            return "it does not speak TLS there; does it want http:?"
        }
        return "TLS failed"
    }
}

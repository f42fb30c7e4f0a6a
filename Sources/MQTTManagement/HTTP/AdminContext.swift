import Hummingbird
import NIOCore

/// What a request to the administration listener carries along.
struct AdminContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// `ADDRESS:PORT` of who asks.
    let address: String
    /// Who asks, once that is known.
    var bearer: AdminToken?
    /// What the audit log is to say of it.
    var note: AuditNote?

    init(source: Source) {
        coreContext = .init(source: source)
        let remote = source.channel.remoteAddress
        address =
            if let remote, let ip = remote.ipAddress, let port = remote.port { "\(ip):\(port)" } else { "" }
    }

    var maxUploadSize: Int { 1 << 20 }
}

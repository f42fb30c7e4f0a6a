import MQTTCodec

/// Turns away who may not even try to come in, before anybody asks who it is.
///
/// Asked once for each CONNECT, on the event loop: it must be quick.
public protocol Doorkeeper: Sendable {
    /// nil: the client may go on. The code must be one of CONNACK's.
    ///
    /// - Parameters:
    ///   - clientIdentifier: as the client sent it; empty if it asks for one.
    ///   - userName: as the client sent it, or that of its certificate. Nothing proves it yet.
    func refusal(_ peer: Peer, clientIdentifier: MQTTString, userName: MQTTString?) -> DoorkeeperRefusal?
}

/// Why a ``Doorkeeper`` turns a client away.
public struct DoorkeeperRefusal: Sendable, Equatable {
    public var reasonCode: ReasonCode
    /// For the log.
    public var detail: String

    public init(_ reasonCode: ReasonCode, detail: String) {
        self.reasonCode = reasonCode
        self.detail = detail
    }
}

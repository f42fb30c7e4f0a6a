/// Why a ``Broker`` cannot do what it is asked. A listener that cannot bind is a `BindError` instead.
public enum BrokerError: Error, Equatable, Sendable {
    /// A setting has a value that cannot be.
    case invalidConfiguration(String)
    /// ``Broker/start()`` was called twice; a broker runs once.
    case alreadyStarted
    /// The broker has not started, or has stopped.
    case notRunning
    /// There is no room for a connection, not even from its own process: see `Limits.connections`.
    case noRoom
}

extension BrokerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidConfiguration(let text): text
        case .alreadyStarted: "the broker was started before; make another one"
        case .notRunning: "the broker is not running"
        case .noRoom: "the broker has as many connections as its limit allows"
        }
    }
}

/// What happens to a client that publishes faster than it may.
public enum RatePolicy: String, Sendable, CaseIterable {
    /// It is not read until its rate is within the bound again. Nothing is lost.
    case hold
    /// It is disconnected with 0x96 Message rate too high.
    case disconnect
}

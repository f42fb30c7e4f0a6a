/// The return codes of CONNACK before MQTT 5.0, MQTT 3.1.1 table 3.1.
public enum ConnectReturnCode: UInt8, Sendable, CaseIterable {
    case accepted = 0
    case unacceptableProtocolVersion = 1
    case identifierRejected = 2
    case serverUnavailable = 3
    case badUserNameOrPassword = 4
    case notAuthorized = 5

    /// The code that is closest to a reason code of 5.0.
    public init(_ reasonCode: ReasonCode) {
        self =
            switch reasonCode {
            case .success: .accepted
            case .unsupportedProtocolVersion: .unacceptableProtocolVersion
            case .clientIdentifierNotValid: .identifierRejected
            case .badUserNameOrPassword: .badUserNameOrPassword
            case .notAuthorized, .banned, .badAuthenticationMethod: .notAuthorized
            default: .serverUnavailable
            }
    }

    public var reasonCode: ReasonCode {
        switch self {
        case .accepted: .success
        case .unacceptableProtocolVersion: .unsupportedProtocolVersion
        case .identifierRejected: .clientIdentifierNotValid
        case .serverUnavailable: .serverUnavailable
        case .badUserNameOrPassword: .badUserNameOrPassword
        case .notAuthorized: .notAuthorized
        }
    }
}

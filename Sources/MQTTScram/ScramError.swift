/// Why an exchange of SCRAM-SHA-256 fails. Nothing secret is part of it.
public enum ScramError: Error, Sendable, Hashable {
    /// It is not what RFC 5802, section 7, says, or an extension that is not known.
    case malformedMessage
    /// There was no such message to be expected now.
    case unexpectedMessage
    /// The client insists on a channel binding, or the two sides see it differently.
    case channelBindingNotSupported
    /// Out of ``ScramSHA256/iterationBounds``, or more than this client is ready for.
    case iterations
    /// The other side's nonce does not begin with ours.
    case wrongNonce
    /// The client does not know the password.
    case wrongProof
    /// The server does not know the user's verifier: it is not the one it claims to be.
    case wrongServerSignature
    /// The server has said so, in these words of RFC 5802, section 7.
    case refusedByServer(String)
    /// The cryptography library could not do it.
    case notComputed
}

extension ScramError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformedMessage: "the message is not one of SCRAM"
        case .unexpectedMessage: "the message does not fit here"
        case .channelBindingNotSupported: "channel binding is not supported"
        case .iterations: "the number of iterations is out of bounds"
        case .wrongNonce: "the nonce is not the one of this exchange"
        case .wrongProof: "user name or password is wrong"
        case .wrongServerSignature: "the server does not know the password's verifier"
        case .refusedByServer(let reason): "the server refused: \(reason)"
        case .notComputed: "the keys could not be computed"
        }
    }
}

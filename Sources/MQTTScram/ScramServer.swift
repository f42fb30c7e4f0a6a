import Crypto

/// The server's side of one SCRAM-SHA-256 exchange: bytes in, bytes out, no input or output of its own.
///
/// ```swift
/// var exchange = ScramServer()
/// let userName = try exchange.received(clientFirst: data)
/// let serverFirst = try exchange.challenge(verifier)             // of that user, or one imitated for it
/// let serverFinal = try exchange.received(clientFinal: data)     // or wrongProof
/// ```
public struct ScramServer: Sendable {
    private enum State {
        case idle
        case asked(firstBare: [UInt8], header: [UInt8], nonce: [UInt8])
        case challenged(ScramVerifier, header: [UInt8], nonce: [UInt8], text: [UInt8])
        case done
    }

    private let nonce: [UInt8]
    private var state = State.idle

    public init() { self.init(nonce: ScramSHA256.randomNonce()) }

    init(nonce: [UInt8]) { self.nonce = nonce }

    /// The client's first message; returns the name of the user it wants to be.
    ///
    /// Channel bindings are not supported, nor is acting for another user.
    public mutating func received(clientFirst message: [UInt8]) throws(ScramError) -> [UInt8] {
        guard case .idle = state else { throw .unexpectedMessage }
        let parts = message.split(
            separator: UInt8(ascii: ","), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformedMessage }
        switch parts[0] {
        case [UInt8(ascii: "n")], [UInt8(ascii: "y")]: break
        case _ where parts[0].starts(with: "p=".utf8): throw .channelBindingNotSupported
        default: throw .malformedMessage
        }
        let firstBare = Array(parts[2])
        // A mandatory extension, `m=`, would stand first, and none is known.
        var attributes = try ScramAttributes(firstBare)
        let escapedName = try attributes.take("n")
        let clientNonce = try attributes.take("r")
        guard ScramAttributes.isNonce(clientNonce) else { throw .malformedMessage }
        let userName = try ScramAttributes.unescaped(escapedName)
        guard String(validating: userName, as: UTF8.self) != nil, !userName.contains(0) else {
            throw .malformedMessage
        }
        guard parts[1].isEmpty || Array(parts[1]) == Array("a=".utf8) + escapedName else {
            throw .malformedMessage
        }
        let header = Array(message[..<parts[2].startIndex])
        state = .asked(firstBare: firstBare, header: header, nonce: clientNonce + nonce)
        return userName
    }

    /// The challenge for the user that ``received(clientFirst:)`` has named.
    public mutating func challenge(_ verifier: ScramVerifier) throws(ScramError) -> [UInt8] {
        guard case .asked(let firstBare, let header, let nonce) = state else { throw .unexpectedMessage }
        let message =
            Array("r=".utf8) + nonce + Array(",s=".utf8) + Base64.encoded(verifier.salt)
            + Array(",i=\(verifier.iterations)".utf8)
        let comma = [UInt8(ascii: ",")]
        state = .challenged(verifier, header: header, nonce: nonce, text: firstBare + comma + message + comma)
        return message
    }

    /// The client's proof; returns the server's own, for the client to check.
    ///
    /// - Throws: ``ScramError/wrongProof`` if the password is not the verifier's.
    public mutating func received(clientFinal message: [UInt8]) throws(ScramError) -> [UInt8] {
        guard case .challenged(let verifier, let header, let nonce, let prefix) = state else {
            throw .unexpectedMessage
        }
        state = .done
        var attributes = try ScramAttributes(message)
        let binding = Base64.decoded(try attributes.take("c"))
        guard binding == header else { throw .channelBindingNotSupported }
        guard try attributes.take("r") == nonce else { throw .wrongNonce }
        guard let comma = message.lastIndex(of: UInt8(ascii: ",")),
            message[comma...].starts(with: ",p=".utf8),
            let proof = Base64.decoded(message[(comma + 3)...]), proof.count == ScramSHA256.keyLength
        else { throw .malformedMessage }
        let text = prefix + message[..<comma]
        let signature = ScramSHA256.code(text, SymmetricKey(data: verifier.storedKey))
        let clientKey = ScramSHA256.xor(signature, proof)
        guard ScramSHA256.areEqual(ScramSHA256.hash(clientKey), verifier.storedKey) else {
            throw .wrongProof
        }
        let own = ScramSHA256.code(text, SymmetricKey(data: verifier.serverKey))
        return Array("v=".utf8) + Base64.encoded(own)
    }
}

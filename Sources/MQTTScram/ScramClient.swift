import Crypto

/// The client's side of one SCRAM-SHA-256 exchange: bytes in, bytes out, no input or output of its own.
///
/// ```swift
/// var exchange = ScramClient(userName: Array("anna".utf8), password: Array("secret".utf8))
/// let connectData = try exchange.clientFirst()             // Authentication Data of CONNECT, or AUTH 0x19
/// let authData = try exchange.received(serverFirst: data)  // of AUTH 0x18 from and to the server; slow
/// try exchange.received(serverFinal: data)                 // of CONNACK, or AUTH 0x00: is it our server?
/// ```
///
/// A new exchange, as re-authentication is one, needs a new value; ``keys`` make it quick.
public struct ScramClient: Sendable {
    private enum State {
        case idle
        case sentFirst
        case sentFinal(serverSignature: [UInt8])
        case done
    }

    private let userName: [UInt8]
    private let password: [UInt8]
    private let nonce: [UInt8]
    private let maximumIterations: Int
    private var state = State.idle

    /// Keys for the next exchange, known once ``received(serverFirst:)`` has computed them.
    public private(set) var keys: ScramKeys?

    /// Whether the server has proved that it knows the user.
    public var isVerified: Bool {
        if case .done = state { true } else { false }
    }

    /// - Parameters:
    ///   - userName: UTF-8.
    ///   - keys: those of an exchange before, with the same user name and password.
    ///   - maximumIterations: a server that wants more is refused: it could stall the client.
    public init(
        userName: [UInt8], password: [UInt8], keys: ScramKeys? = nil, maximumIterations: Int = 1_000_000
    ) {
        self.init(
            userName: userName, password: password, keys: keys, maximumIterations: maximumIterations,
            nonce: ScramSHA256.randomNonce())
    }

    init(
        userName: [UInt8], password: [UInt8], keys: ScramKeys? = nil, maximumIterations: Int = 1_000_000,
        nonce: [UInt8]
    ) {
        self.userName = userName
        self.password = password
        self.keys = keys
        self.maximumIterations = maximumIterations
        self.nonce = nonce
    }

    private static let header = Array("n,,".utf8)

    private var firstBare: [UInt8] {
        Array("n=".utf8) + ScramAttributes.escaped(userName) + Array(",r=".utf8) + nonce
    }

    /// The first message.
    ///
    /// - Throws: ``ScramError/unexpectedMessage`` if there was one already.
    public mutating func clientFirst() throws(ScramError) -> [UInt8] {
        guard case .idle = state else { throw .unexpectedMessage }
        state = .sentFirst
        return Self.header + firstBare
    }

    /// The server's challenge; returns the answer. Takes as long as the server's iterations demand, unless the
    /// ``keys`` of before still fit: not for an event loop.
    public mutating func received(serverFirst message: [UInt8]) throws(ScramError) -> [UInt8] {
        guard case .sentFirst = state else { throw .unexpectedMessage }
        var attributes = try ScramAttributes(message)
        let whole = try attributes.take("r")
        guard let salt = Base64.decoded(try attributes.take("s")), !salt.isEmpty,
            let iterations = ScramAttributes.number(try attributes.take("i"))
        else { throw .malformedMessage }
        guard whole.starts(with: nonce), whole.count > nonce.count, ScramAttributes.isNonce(whole) else {
            throw .wrongNonce
        }
        guard ScramSHA256.iterationBounds.contains(iterations), iterations <= maximumIterations else {
            throw .iterations
        }
        let keys: ScramKeys
        if let known = self.keys, known.fit(salt: salt, iterations: iterations) {
            keys = known
        } else {
            keys = try ScramKeys(password: password, salt: salt, iterations: iterations)
        }
        self.keys = keys
        let withoutProof = Array("c=".utf8) + Base64.encoded(Self.header) + Array(",r=".utf8) + whole
        let comma = [UInt8(ascii: ",")]
        let text = firstBare + comma + message + comma + withoutProof
        let signature = ScramSHA256.code(
            text, SymmetricKey(data: ScramSHA256.hash(keys.clientKey)))
        let proof = ScramSHA256.xor(keys.clientKey, signature)
        state = .sentFinal(
            serverSignature: ScramSHA256.code(text, SymmetricKey(data: keys.serverKey)))
        return withoutProof + Array(",p=".utf8) + Base64.encoded(proof)
    }

    /// The server's last message. Only when this returns is the server the one that knows the user.
    public mutating func received(serverFinal message: [UInt8]) throws(ScramError) {
        guard case .sentFinal(let expected) = state else { throw .unexpectedMessage }
        var attributes = try ScramAttributes(message)
        if let reason = try attributes.takeIfNext("e") {
            throw .refusedByServer(String(decoding: reason, as: UTF8.self))
        }
        guard let signature = Base64.decoded(try attributes.take("v")) else { throw .malformedMessage }
        guard ScramSHA256.areEqual(signature, expected) else { throw .wrongServerSignature }
        state = .done
    }
}

import NIOCore

/// The properties of one packet, in their order on the wire.
///
/// The order of User Properties carries meaning [MQTT-3.3.2-18]; the order of all others does not, and is
/// kept all the same. Reading and setting goes through the accessors of `Properties+Accessors.swift`.
public struct Properties: Hashable, Sendable {
    /// All of them, in order.
    public var list: [Property]

    public init(_ list: [Property] = []) { self.list = list }

    public var isEmpty: Bool { list.isEmpty }

    /// Reads a property length and its properties.
    ///
    /// Throws when one is unknown, misplaced, out of its range or repeated, and when Authentication Data
    /// comes without a method.
    public init(
        decoding bytes: Span<UInt8>, _ cursor: inout WireCursor, in place: PropertyIdentifier.Place
    ) throws(WireError) {
        let length = try cursor.variableByteInteger(bytes)
        guard length <= cursor.remaining else { throw .lengthMismatch }
        list = []
        guard length > 0 else { return }
        var inner = WireCursor(from: cursor.offset, to: cursor.offset + length)
        cursor.offset += length
        var seen: UInt64 = 0
        while inner.remaining > 0 {
            let property = try Property(decoding: bytes, &inner)
            let identifier = property.identifier
            guard identifier.isAllowed(in: place) else { throw .misplacedProperty }
            let bit: UInt64 = 1 << UInt64(identifier.rawValue)
            guard seen & bit == 0 || identifier.isRepeatable(in: place) else { throw .repeatedProperty }
            seen |= bit
            list.append(property)
        }
        if authenticationData != nil && authenticationMethod == nil { throw .authenticationDataWithoutMethod }
    }

    /// Writes the property length and the properties; a length of 0 where there are none [MQTT-2.2.2-1].
    public func encode(into buffer: inout ByteBuffer) {
        guard !list.isEmpty else {
            buffer.writeInteger(UInt8(0))
            return
        }
        var body = ByteBuffer()
        for property in list { property.encode(into: &body) }
        buffer.writeVariableByteInteger(body.readableBytes)
        buffer.writeBuffer(&body)
    }
}

extension Properties: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: Property...) { list = elements }
}

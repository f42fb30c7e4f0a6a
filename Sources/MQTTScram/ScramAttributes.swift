/// `r=...,s=...,i=4096`: the attributes of a message, in their order.
struct ScramAttributes {
    private var rest: [(name: UInt8, value: ArraySlice<UInt8>)]

    /// - Throws: ``ScramError/malformedMessage``.
    init(_ message: some Collection<UInt8>) throws(ScramError) {
        rest = []
        let parts = Array(message).split(
            separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        for part in parts {
            guard part.count >= 2, part[part.startIndex + 1] == UInt8(ascii: "="), let name = part.first,
                name.isLetter
            else { throw .malformedMessage }
            rest.append((name, part.dropFirst(2)))
        }
        rest.reverse()
    }

    /// The value of the next attribute, which must have this name.
    mutating func take(_ name: Unicode.Scalar) throws(ScramError) -> [UInt8] {
        guard let next = rest.popLast(), next.name == UInt8(ascii: name), !next.value.isEmpty else {
            throw .malformedMessage
        }
        return Array(next.value)
    }

    /// As ``take(_:)``, if that is the next one.
    mutating func takeIfNext(_ name: Unicode.Scalar) throws(ScramError) -> [UInt8]? {
        guard rest.last?.name == UInt8(ascii: name) else { return nil }
        return try take(name)
    }

    /// `n=` with `=2C` for a comma and `=3D` for an equals sign.
    static func unescaped(_ name: [UInt8]) throws(ScramError) -> [UInt8] {
        var result: [UInt8] = []
        var rest = name[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                result.append(byte)
                continue
            }
            switch Array(rest.prefix(2)) {
            case [UInt8(ascii: "2"), UInt8(ascii: "C")]: result.append(UInt8(ascii: ","))
            case [UInt8(ascii: "3"), UInt8(ascii: "D")]: result.append(UInt8(ascii: "="))
            default: throw .malformedMessage
            }
            rest = rest.dropFirst(2)
        }
        return result
    }

    static func escaped(_ name: [UInt8]) -> [UInt8] {
        name.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: ","): Array("=2C".utf8)
            case UInt8(ascii: "="): Array("=3D".utf8)
            default: [byte]
            }
        }
    }

    /// Printable ASCII without a comma: what a nonce is made of.
    static func isNonce(_ bytes: [UInt8]) -> Bool {
        !bytes.isEmpty && bytes.count <= 1_024
            && bytes.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ",") }
    }

    static func number(_ digits: [UInt8]) -> Int? {
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Numbers as C prints and reads them.
enum CNumber {
    /// With 15 digits, or 17 where 15 do not tell it from its neighbours.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        if value == value.rounded(), abs(value) < 2_147_483_648, !(value == 0 && value.sign == .minus) {
            return "\(Int(value))"
        }
        let short = formatted(value, digits: 15)
        return Double(short) == value ? short : formatted(value, digits: 17)
    }

    private static func formatted(_ value: Double, digits: Int32) -> String {
        var bytes = [CChar](repeating: 0, count: 40)
        let count = unsafe withVaList([digits, value]) { unsafe vsnprintf(&bytes, bytes.count, "%.*g", $0) }
        return String(decoding: bytes.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

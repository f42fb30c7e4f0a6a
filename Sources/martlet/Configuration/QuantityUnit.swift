/// The units that sizes and durations are written with, from small to large.
struct QuantityUnit: Sendable, Equatable {
    var symbol: String
    var factor: Int

    /// In bytes. A bare `K` or `M` is left out on purpose: it means 1000 to one reader and 1024 to another.
    static let sizes = [
        Self(symbol: "B", factor: 1),
        Self(symbol: "kB", factor: 1000), Self(symbol: "KiB", factor: 1 << 10),
        Self(symbol: "MB", factor: 1_000_000), Self(symbol: "MiB", factor: 1 << 20),
        Self(symbol: "GB", factor: 1_000_000_000), Self(symbol: "GiB", factor: 1 << 30),
        Self(symbol: "TB", factor: 1_000_000_000_000), Self(symbol: "TiB", factor: 1 << 40),
    ]

    /// In milliseconds.
    static let durations = [
        Self(symbol: "ms", factor: 1), Self(symbol: "s", factor: 1000), Self(symbol: "m", factor: 60_000),
        Self(symbol: "h", factor: 3_600_000), Self(symbol: "d", factor: 86_400_000),
    ]

    /// The unit that was probably meant: `s` by `sec`, `MiB` by `M`.
    static func meant(by symbol: Substring, _ units: [Self]) -> String? {
        let written = symbol.lowercased()
        let beginnings = units.map(\.symbol).filter { written.hasPrefix($0.lowercased()) }
        if let longest = beginnings.max(by: { $0.count < $1.count }) { return longest }
        return units.last { $0.symbol.lowercased().first == written.first }?.symbol
    }

    /// The shortest exact way to write an amount of the smallest unit.
    static func text(_ amount: Int, _ units: [Self]) -> String {
        // Decimal sizes are read but not written: 1000000 would turn out as 1MB beside 1MiB.
        let written = units.filter { $0.factor.nonzeroBitCount == 1 || units[0].symbol != "B" }
        let unit = written.last { amount != 0 && amount % $0.factor == 0 } ?? written[0]
        return "\(amount / unit.factor)\(unit.symbol)"
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A time of day in UTC, as log lines write it. Counted by hand: a log line must not cost a calendar.
struct Timestamp: Sendable, Equatable {
    /// Since 1970, without leap seconds.
    var milliseconds: Int64

    static func now() -> Self {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Self(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// `2026-01-31T12:00:00.000Z`
    func append(to bytes: inout [UInt8]) {
        let (days, time) = Self.divide(milliseconds, by: 86_400_000)
        // Years that begin on the 1st of March have their leap day at the end: then months follow one rule.
        // Days from the 1st of March of the year 0; 400 years have 146,097 of them.
        let (era, day) = Self.divide(days + 719_468, by: 146_097)
        let yearOfEra = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        Self.append(year, digits: 4, "-", to: &bytes)
        Self.append(month, digits: 2, "-", to: &bytes)
        Self.append(dayOfMonth, digits: 2, "T", to: &bytes)
        Self.append(time / 3_600_000, digits: 2, ":", to: &bytes)
        Self.append(time / 60_000 % 60, digits: 2, ":", to: &bytes)
        Self.append(time / 1000 % 60, digits: 2, ".", to: &bytes)
        Self.append(time % 1000, digits: 3, "Z", to: &bytes)
    }

    private static func divide(_ number: Int64, by divisor: Int64) -> (Int64, Int64) {
        let remainder = ((number % divisor) + divisor) % divisor
        return ((number - remainder) / divisor, remainder)
    }

    private static func append(
        _ number: Int64, digits: Int, _ mark: Unicode.Scalar, to bytes: inout [UInt8]
    ) {
        var scale: Int64 = 1
        for _ in 1..<digits { scale *= 10 }
        while scale > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / scale % 10))
            scale /= 10
        }
        bytes.append(UInt8(ascii: mark))
    }
}

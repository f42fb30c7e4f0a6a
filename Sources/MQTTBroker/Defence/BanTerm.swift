import MQTTEngine

/// For how long somebody is banned, if at all.
struct BanTerm: Sendable, Equatable {
    private var end: Instant?

    func isOn(at now: Instant) -> Bool { end.map { now < $0 } ?? false }

    /// Milliseconds until it ends; nil: there is none.
    func remaining(at now: Instant) -> Int64? {
        end.flatMap { now < $0 ? $0.milliseconds(since: now) : nil }
    }

    /// Begins for so many milliseconds, unless it is on. Returns whether it has begun.
    mutating func begin(for time: Int64, at now: Instant) -> Bool {
        guard !isOn(at: now) else { return false }
        end = now.advanced(milliseconds: time)
        return true
    }
}

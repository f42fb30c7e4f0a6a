/// The unit that a duration is kept in, and that a bare number means.
enum TimeUnit: Sendable, Equatable {
    case milliseconds
    case seconds

    var milliseconds: Int { self == .seconds ? 1000 : 1 }
    var name: String { self == .seconds ? "seconds" : "milliseconds" }
}

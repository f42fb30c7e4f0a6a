import Dispatch

/// When a check has to end.
final class CheckLimit {
    private let end: DispatchTime

    init(seconds: Int) { end = .now() + .seconds(seconds) }

    var isOver: Bool { .now() > end }
}

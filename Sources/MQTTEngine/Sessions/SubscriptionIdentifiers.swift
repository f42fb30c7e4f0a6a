/// The Subscription Identifiers of one delivery: mostly none or one, without an allocation.
struct SubscriptionIdentifiers: Equatable {
    /// 0: none.
    private(set) var first: UInt32 = 0
    private(set) var more: [UInt32]?

    var isEmpty: Bool { first == 0 }

    mutating func add(_ identifier: UInt32) {
        guard identifier != 0 else { return }
        if first == 0 {
            first = identifier
        } else {
            more = (more ?? []) + [identifier]
        }
    }

    func forEach(_ body: (Int) -> Void) {
        if first != 0 { body(Int(first)) }
        for identifier in more ?? [] { body(Int(identifier)) }
    }
}

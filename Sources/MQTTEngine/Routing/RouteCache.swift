/// Routes of topics that were published to, so that most publishes look up their bytes once and are done.
///
/// Only valid topic names get in: whoever finds one here need not validate it again.
struct RouteCache: ~Copyable {
    /// Beyond it the cache begins anew.
    private static var capacity: Int { 65_536 }

    private var table: ByteTable
    var routes = Slab<Route>()
    /// Counts how often places were given anew: what remembers them is worth nothing then.
    private(set) var epoch: UInt32 = 1
    /// Counts changes of wildcard subscriptions: older routes are stale.
    private(set) var generation: UInt64 = 1

    init(hasher: ByteHash) { table = ByteTable(hasher: hasher) }

    /// The route of a topic, fresh or stale.
    @inline(__always)
    func find(_ topic: Span<UInt8>) -> Int? { table.find(topic).map(Int.init) }

    @inline(__always)
    func isFresh(_ route: Int) -> Bool { routes[route].generation == generation }

    /// Keeps a route for a topic, in the place of its stale one.
    mutating func store(_ route: consuming Route, for topic: Span<UInt8>) -> Int {
        if let place = find(topic) {
            routes[place] = route
            return place
        }
        if routes.count >= Self.capacity {
            table.removeAll()
            routes = Slab()
            epoch &+= 1
        }
        let place = routes.insert(route)
        table.set(topic, UInt32(place))
        return place
    }

    /// Who may receive what has changed.
    mutating func rightsChanged() { generation += 1 }

    /// A subscription with this filter came, went or changed.
    mutating func subscriptionsChanged(_ pattern: Span<UInt8>, hasWildcard: Bool) {
        if hasWildcard {
            generation += 1
        } else if let place = find(pattern) {
            routes[place].generation = 0
        }
    }
}

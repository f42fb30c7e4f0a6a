import DequeModule
import MQTTCodec

/// The QoS 1 and 2 messages sent to a client and not yet acknowledged, in the order of sending
/// [MQTT-4.6.0-1], with the allocation of their packet identifiers [MQTT-2.2.1-4].
struct InFlightWindow {
    enum State: UInt8 {
        /// PUBLISH was sent; PUBACK or PUBREC is awaited.
        case published
        /// PUBREL was sent; PUBCOMP is awaited. The message is no longer kept [MQTT-4.3.3-6].
        case released
    }

    struct Entry {
        var delivery: Delivery
        var packetIdentifier: UInt16
        var state: State
        /// Whether it has to be sent on the present connection.
        var isUnsent = false
        /// Whether it was never sent: then it goes without DUP.
        var isNew = false
        /// Whether the change of its row has to be stored before it goes out.
        var isGated = false

        /// Whether it may go out once this batch is stored.
        func isFree(stored: UInt64) -> Bool { !isGated || delivery.row.mark.batch <= stored }

        mutating func saved(_ row: DeliveryRow, isGated: Bool) {
            self.isGated = isGated
            delivery.row = row
        }
    }

    /// A packet identifier of 0 marks an entry that is done.
    private var entries = Deque<Entry>()
    private var lastIdentifier: UInt16 = 0
    /// Whether identifiers follow each other upwards, wrapping once at most: then they are found by place.
    private var isAscending = true
    /// How many are unacknowledged.
    private(set) var count = 0
    /// How many of them have to be sent again.
    private var unsentCount = 0
    private var unsentReleases = 0
    /// Before this place nothing has to be sent again.
    private var resendPlace = 0

    init() {}

    var isEmpty: Bool { count == 0 }

    /// Adds a delivery under an unused identifier; nil when all 65,535 are in use.
    ///
    /// - Parameter isUnsent: whether it still has to be sent.
    mutating func add(_ delivery: Delivery, isUnsent: Bool = false) -> UInt16? {
        guard count < 65_535 else { return nil }
        if count == 0 {
            entries.removeAll(keepingCapacity: true)
            isAscending = true
        }
        var identifier = Self.following(lastIdentifier)
        if index(of: identifier) != nil {
            isAscending = false
            identifier = unusedIdentifier(after: identifier)
        }
        lastIdentifier = identifier
        entries.append(
            Entry(
                delivery: delivery, packetIdentifier: identifier, state: .published, isUnsent: isUnsent,
                isNew: isUnsent))
        count += 1
        if isUnsent { unsentCount += 1 }
        return identifier
    }

    /// The unacknowledged entry with this identifier.
    func find(_ identifier: UInt16) -> Entry? { index(of: identifier).map { entries[$0] } }

    /// Whether everything unacknowledged was sent on the present connection.
    @inline(__always)
    var isAllSent: Bool { unsentCount == unsentReleases }

    /// How many were sent on the present connection. One whose PUBREL still waits was: only PUBCOMP ends it
    /// [MQTT-3.3.4-9].
    @inline(__always)
    var sentCount: Int { count - unsentCount + unsentReleases }

    /// The connection is a new one: everything has to be sent again.
    mutating func connectionEnded() {
        var releases = 0
        for place in entries.indices where entries[place].packetIdentifier != 0 {
            entries[place].isUnsent = true
            if entries[place].state == .released { releases += 1 }
        }
        unsentCount = count
        unsentReleases = releases
        resendPlace = 0
    }

    /// The first message that has to be sent, unless it waits for a batch after `stored`; it counts as sent
    /// from now on.
    mutating func nextToSend(stored: UInt64) -> Entry? {
        guard unsentCount > 0 else { return nil }
        var place = resendPlace
        while place < entries.count {
            if entries[place].packetIdentifier != 0 && entries[place].isUnsent
                && entries[place].state == .published
            {
                guard entries[place].isFree(stored: stored) else { return nil }
                let entry = entries[place]
                entries[place].isUnsent = false
                entries[place].isNew = false
                unsentCount -= 1
                resendPlace = place + 1
                return entry
            }
            place += 1
        }
        return nil
    }

    /// The identifiers whose PUBREL has to be sent, and waits for no batch after `stored`; they count as
    /// released on this connection from now on.
    mutating func takeReleases(stored: UInt64) -> [UInt16] {
        guard unsentReleases > 0 else { return [] }
        var identifiers: [UInt16] = []
        for place in entries.indices where entries[place].packetIdentifier != 0 {
            guard entries[place].isUnsent, entries[place].state == .released,
                entries[place].isFree(stored: stored)
            else { continue }
            entries[place].isUnsent = false
            unsentCount -= 1
            unsentReleases -= 1
            identifiers.append(entries[place].packetIdentifier)
        }
        return identifiers
    }

    /// Where the entry's row was changed last, and whether that has to be stored before it goes out.
    mutating func update(_ identifier: UInt16, isGated: Bool, _ row: DeliveryRow) {
        guard let index = index(of: identifier) else { return }
        entries[index].saved(row, isGated: isGated)
    }

    /// An entry that was stored, as it was.
    mutating func restore(_ delivery: Delivery, _ identifier: UInt16, _ state: State) {
        if let last = entries.last,
            Self.distance(from: entries[0].packetIdentifier, to: identifier)
                <= Self.distance(from: entries[0].packetIdentifier, to: last.packetIdentifier)
        {
            isAscending = false
        }
        entries.append(Entry(delivery: delivery, packetIdentifier: identifier, state: state))
        lastIdentifier = identifier
        count += 1
    }

    /// PUBREC came: what is awaited now is PUBCOMP. Returns the delivery whose message may go.
    ///
    /// - Parameter isUnsent: whether PUBREL still has to be sent.
    mutating func release(_ identifier: UInt16, isUnsent: Bool = false) -> Delivery? {
        guard let index = index(of: identifier), entries[index].state == .published else { return nil }
        entries[index].state = .released
        // The PUBLISH need not be sent any more, even if it was still to be on this connection.
        if entries[index].isUnsent { unsentCount -= 1 }
        entries[index].isUnsent = isUnsent
        if isUnsent {
            unsentCount += 1
            unsentReleases += 1
        }
        return entries[index].delivery
    }

    /// The exchange is over, and its identifier free again.
    mutating func remove(_ identifier: UInt16) -> Entry? {
        guard let index = index(of: identifier) else { return nil }
        let entry = entries[index]
        remove(at: index)
        return entry
    }

    /// The same for one of this QoS and state, if there is one under the identifier.
    mutating func finish(_ identifier: UInt16, _ qos: QoS, _ state: State) -> Delivery? {
        guard let index = index(of: identifier), entries[index].state == state,
            entries[index].delivery.qos == qos
        else { return nil }
        let delivery = entries[index].delivery
        remove(at: index)
        return delivery
    }

    private mutating func remove(at index: Int) {
        if entries[index].isUnsent {
            unsentCount -= 1
            if entries[index].state == .released { unsentReleases -= 1 }
        }
        entries[index].packetIdentifier = 0
        count -= 1
        // `first` would be a copy, which has to be counted and given up again.
        while !entries.isEmpty && entries[0].packetIdentifier == 0 {
            entries.removeFirst()
            resendPlace = max(0, resendPlace - 1)
        }
        if entries.count > 2 * count + 64 {
            entries.removeAll { $0.packetIdentifier == 0 }
            resendPlace = 0
        }
    }

    /// Changes the deliveries of all unacknowledged entries, which wait for no batch any more.
    mutating func mapDeliveries(_ body: (State, inout Delivery) -> Void) {
        for place in entries.indices where entries[place].packetIdentifier != 0 {
            entries[place].isGated = false
            body(entries[place].state, &entries[place].delivery)
        }
    }

    /// The identifiers of what has still to be sent on the present connection and that no client would miss:
    /// at QoS 2 only what was never sent.
    var dispensable: [UInt16] {
        entries.filter { entry in
            entry.packetIdentifier != 0 && entry.isUnsent && entry.state == .published
                && (entry.delivery.qos == .atLeastOnce || entry.isNew)
        }.map(\.packetIdentifier)
    }

    /// All unacknowledged entries, in the order of sending.
    func forEach(_ body: (Entry) -> Void) {
        for entry in entries where entry.packetIdentifier != 0 { body(entry) }
    }

    private func index(of identifier: UInt16) -> Int? {
        guard !entries.isEmpty else { return nil }
        guard isAscending else { return entries.firstIndex { $0.packetIdentifier == identifier } }
        let first = entries[0].packetIdentifier
        let distance = Self.distance(from: first, to: identifier)
        if distance < entries.count && entries[distance].packetIdentifier == identifier { return distance }
        return search(identifier, at: distance, from: first)
    }

    @inline(never)
    private func search(_ identifier: UInt16, at distance: Int, from first: UInt16) -> Int? {
        // The next one to be given is behind all others: that is seen without a search.
        let last = entries[entries.count - 1].packetIdentifier
        if last != 0 && distance > Self.distance(from: first, to: last) { return nil }
        // Where finished entries were taken out, the place is further to the front.
        var low = 0
        var high = min(distance, entries.count - 1)
        while low <= high {
            let middle = (low + high) / 2
            let here = entries[middle].packetIdentifier
            if here == identifier { return middle }
            if here == 0 { return entries.firstIndex { $0.packetIdentifier == identifier } }
            if Self.distance(from: first, to: here) < distance {
                low = middle + 1
            } else {
                high = middle - 1
            }
        }
        return nil
    }

    /// The next identifier that no entry has, found with one look at each entry.
    private func unusedIdentifier(after first: UInt16) -> UInt16 {
        var used = PacketIdentifierSet()
        for entry in entries where entry.packetIdentifier != 0 { _ = used.insert(entry.packetIdentifier) }
        var identifier = first
        while used.contains(identifier) { identifier = Self.following(identifier) }
        return identifier
    }

    private static func following(_ identifier: UInt16) -> UInt16 {
        identifier == 65_535 ? 1 : identifier + 1
    }

    private static func distance(from first: UInt16, to identifier: UInt16) -> Int {
        let distance = Int(identifier) - Int(first)
        return distance < 0 ? distance + 65_535 : distance
    }
}

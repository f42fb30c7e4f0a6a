import DequeModule
import MQTTCodec
import MQTTEngine
import MQTTTransport

/// Who has tried what lately, and who may not try any more. A value without clock, sockets and locks: the time
/// is an argument, and what is to be done is returned.
struct Defence: Sendable {
    private(set) var limits: DefenceLimits
    /// How many connections that have not logged in may be open, whatever they wait for.
    private var maximumWaiting: Int
    var addresses: RecencyTable<NetworkAddress, AddressRecord>
    var users: RecencyTable<MQTTString, FailureCount>
    /// Where users have come in from.
    var familiar: RecencyTable<Familiar, Bool>
    var clients: RecencyTable<MQTTString, FlapRecord>
    /// What operators want.
    var ordered = OrderedBans()
    /// Connections that have not logged in, in the order of their coming, and the networks they come from.
    private var handshakes: [UInt64: NetworkAddress?] = [:]
    private var handshakeOrder = Deque<UInt64>()
    /// Those that have said all that they can say, and wait for an authenticator: it is not they who stall.
    private var logins: [UInt64: NetworkAddress?] = [:]
    /// Those that have ended meanwhile: what they have asked for is still worked on, and counts for their addresses.
    private var abandonedLogins: [UInt64: NetworkAddress?] = [:]
    /// When it was told that there is no room for anybody.
    private var crowdReportedAt: Instant?
    private var lastNumber: UInt64 = 0

    struct Familiar: Hashable, Sendable {
        var userName: MQTTString
        var network: NetworkAddress
    }

    /// - Parameter files: how many files the process may have open; nil: nobody knows.
    init(_ limits: DefenceLimits, files: UInt64? = nil) {
        self.limits = limits
        maximumWaiting = DefenceLimits.strangers(files: files)
        addresses = RecencyTable(capacity: limits.remembered)
        users = RecencyTable(capacity: limits.remembered)
        familiar = RecencyTable(capacity: limits.remembered)
        clients = RecencyTable(capacity: limits.remembered)
    }

    /// Goes by other bounds from now on.
    mutating func take(_ limits: DefenceLimits, files: UInt64?) {
        self.limits = limits
        maximumWaiting = DefenceLimits.strangers(files: files)
    }

    /// What an address is counted by; nil: it is not counted.
    func network(_ address: NetworkAddress?) -> NetworkAddress? {
        guard let address, !(limits.sparesLoopback && address.isLoopback) else { return nil }
        return address.network
    }

    // MARK: Connections

    enum Arriving: Equatable {
        /// It may begin its handshake; `evicted`: another one has to end for it.
        case admitted(number: UInt64, evicted: UInt64?)
        /// `isFirst`: it was not told for a minute that this address is turned away.
        case refused(TurnedAway, isFirst: Bool)
    }

    /// Why a connection is closed as it comes.
    enum TurnedAway: String, Error, CaseIterable {
        case banned = "the address is banned"
        case tooFast = "too many connections a second from this address"
        case tooManyHandshakes = "too many connections of this address have not logged in"
        case tooManyLogins = "too many connections wait for their passwords to be verified"
    }

    /// A connection was accepted; nil as its address: that comes later, or will not be counted.
    mutating func arrived(_ address: NetworkAddress?, at now: Instant) -> Arriving {
        if let refusal = refusal(ordered: address, at: now) { return refusal }
        let network = network(address)
        if let network, let refusal = refusal(of: network, at: now) { return refusal }
        // Who waits for an authenticator is not ended to make room: where there is nobody else, there is none.
        if handshakes.isEmpty && openCount >= maximumWaiting {
            discount(network)
            return .refused(.tooManyLogins, isFirst: isFirstInCrowd(at: now))
        }
        lastNumber += 1
        handshakes[lastNumber] = .some(network)
        handshakeOrder.append(lastNumber)
        return .admitted(number: lastNumber, evicted: evict())
    }

    /// A proxy has told where a connection really comes from.
    mutating func introduced(_ number: UInt64, _ address: NetworkAddress?, at now: Instant) -> Arriving {
        if let refusal = refusal(ordered: address, at: now) { return refusal }
        guard let network = network(address) else { return .admitted(number: number, evicted: nil) }
        if let refusal = refusal(of: network, at: now) { return refusal }
        if handshakes[number] != nil { handshakes[number] = .some(network) }
        return .admitted(number: number, evicted: nil)
    }

    private mutating func refusal(ordered address: NetworkAddress?, at now: Instant) -> Arriving? {
        guard let address else { return nil }
        let (isForbidden, isFirst) = ordered.forbids(address, at: now)
        return isForbidden ? .refused(.banned, isFirst: isFirst) : nil
    }

    private mutating func refusal(of network: NetworkAddress, at now: Instant) -> Arriving? {
        let limits = limits
        return addresses.change(network, AddressRecord(limits, at: now)) { record in
            record.arrived(limits, at: now)
        }
    }

    private mutating func isFirstInCrowd(at now: Instant) -> Bool {
        if let last = crowdReportedAt, now.milliseconds(since: last) < AddressRecord.reportTime {
            return false
        }
        crowdReportedAt = now
        return true
    }

    private mutating func evict() -> UInt64? {
        guard handshakes.count > limits.handshakes || openCount > maximumWaiting else {
            // Those that are over must not pile up behind one that is not.
            if handshakeOrder.count > 2 * limits.handshakes + 16 {
                handshakeOrder = Deque(handshakeOrder.filter { handshakes[$0] != nil })
            }
            return nil
        }
        while let oldest = handshakeOrder.popFirst() {
            if handshakes[oldest] != nil {
                handshakeEnded(oldest)
                return oldest
            }
        }
        return nil
    }

    /// An authenticator is asked about a connection, which is not ended to make room for others meanwhile.
    mutating func loginBegan(_ number: UInt64) {
        if let network = handshakes.removeValue(forKey: number) { logins[number] = .some(network) }
    }

    /// The authenticator has answered: it is the client's turn again, if it has not logged in.
    mutating func loginAnswered(_ number: UInt64) {
        if let network = abandonedLogins.removeValue(forKey: number) { return discount(network) }
        guard let network = logins.removeValue(forKey: number) else { return }
        handshakes[number] = .some(network)
        handshakeOrder.append(number)
    }

    /// A connection has logged in or ended. Once or often.
    mutating func handshakeEnded(_ number: UInt64) {
        if let network = logins.removeValue(forKey: number) { abandonedLogins[number] = .some(network) }
        guard let network = handshakes.removeValue(forKey: number) else { return }
        discount(network)
        while let oldest = handshakeOrder.first, handshakes[oldest] == nil { handshakeOrder.removeFirst() }
    }

    private mutating func discount(_ network: NetworkAddress?) {
        guard let network, addresses.value(network) != nil else { return }
        addresses.change(network, AddressRecord(limits, at: Instant(milliseconds: 0))) {
            $0.handshakes = max(0, $0.handshakes - 1)
        }
    }

    var handshakeCount: Int { handshakes.count }

    /// Connections that have not logged in, each of which has a file open.
    private var openCount: Int { handshakes.count + logins.count }

    /// The same, with those that have ended while an authenticator works on what they have asked for.
    var waitingCount: Int { openCount + abandonedLogins.count }

    /// Whether there is room for as many again.
    var isCalm: Bool { 2 * handshakes.count < limits.handshakes && 2 * openCount < maximumWaiting }
}

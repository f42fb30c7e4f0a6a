import MQTTCodec
import MQTTEngine
import MQTTTransport
import NIOCore
import Testing

@testable import MQTTBroker

/// What one address, user or client may try, with the time as an argument.
@Suite struct DefenceTests {
    private static func address(_ text: String) throws -> NetworkAddress {
        try #require(NetworkAddress(SocketAddress(ipAddress: text, port: 1)))
    }

    private let start = Instant(milliseconds: 5_000_000)

    private func later(_ milliseconds: Int64) -> Instant { start.advanced(milliseconds: milliseconds) }

    private func defence(_ change: (inout DefenceLimits) -> Void = { _ in }) -> Defence {
        var limits = DefenceLimits()
        change(&limits)
        return Defence(limits)
    }

    /// Whether a new connection is let through; it logs in at once then.
    private func isAdmitted(_ defence: inout Defence, _ address: NetworkAddress, _ now: Instant) -> Bool {
        guard case .admitted(let number, _) = defence.arrived(address, at: now) else { return false }
        defence.handshakeEnded(number)
        return true
    }

    @Test("Failed logins of an address bring a ban that ends; other addresses notice nothing")
    func addressBan() throws {
        var defence = defence { $0.addressFailures = 3 }
        let (bad, good) = (try Self.address("192.0.2.1"), try Self.address("192.0.2.2"))
        #expect(!defence.loginFailed(bad, userName: "a", attempt: 1, at: start).isAddressBanned)
        #expect(!defence.loginFailed(bad, userName: "b", attempt: 2, at: start).isAddressBanned)
        #expect(isAdmitted(&defence, bad, start))
        #expect(defence.loginFailed(bad, userName: "c", attempt: 3, at: start).isAddressBanned)
        #expect(defence.arrived(bad, at: start) == .refused(.banned, isFirst: true))
        #expect(defence.arrived(bad, at: later(59_999)) == .refused(.banned, isFirst: false))
        #expect(defence.arrived(bad, at: later(599_999)) == .refused(.banned, isFirst: true))
        #expect(defence.refusal(bad, clientIdentifier: "x", userName: nil, at: start) != nil)
        #expect(isAdmitted(&defence, good, start))
        #expect(defence.refusal(good, clientIdentifier: "x", userName: "a", at: start) == nil)
        #expect(isAdmitted(&defence, bad, later(600_000)))
    }

    @Test("The same wrong login again is a device with an old password: slowed down, never banned")
    func sameAttempt() throws {
        var defence = defence { $0.addressFailures = 3 }
        let address = try Self.address("192.0.2.1")
        for _ in 0..<50 {
            #expect(!defence.loginFailed(address, userName: "a", attempt: 7, at: start).isAddressBanned)
        }
        #expect(defence.loginFailed(address, userName: "a", attempt: 7, at: start).delay == 4_000)
    }

    @Test("Delays double up to their bound, and begin anew when failures are old")
    func delays() throws {
        var defence = defence { $0.addressFailures = 0 }
        let address = try Self.address("192.0.2.1")
        let delays = (0..<7).map {
            defence.loginFailed(address, userName: nil, attempt: $0, at: start).delay
        }
        #expect(delays == [250, 500, 1_000, 2_000, 4_000, 4_000, 4_000])
        #expect(defence.loginFailed(address, userName: nil, attempt: 9, at: later(600_000)).delay == 250)
    }

    @Test("Failures older than the time do not count for a ban")
    func window() throws {
        var defence = defence { $0.addressFailures = 3 }
        let address = try Self.address("192.0.2.1")
        _ = defence.loginFailed(address, userName: nil, attempt: 1, at: start)
        _ = defence.loginFailed(address, userName: nil, attempt: 2, at: start)
        let late = defence.loginFailed(address, userName: nil, attempt: 3, at: later(600_000))
        #expect(!late.isAddressBanned)
    }

    @Test("Guessing one user's password from everywhere: only addresses that the user has used may try on")
    func userGuarded() throws {
        var defence = defence { $0.userFailures = 5 }
        let home = try Self.address("198.51.100.7")
        defence.loginSucceeded(home, userName: "anna")
        var guarded = false
        for index in 1...5 {
            let failure = defence.loginFailed(
                try Self.address("192.0.2.\(index)"), userName: "anna", attempt: index, at: start)
            #expect(!failure.isAddressBanned)
            guarded = failure.isUserGuarded
        }
        #expect(guarded)
        let stranger = try Self.address("203.0.113.1")
        #expect(defence.refusal(stranger, clientIdentifier: "x", userName: "anna", at: start) != nil)
        #expect(defence.refusal(home, clientIdentifier: "x", userName: "anna", at: start) == nil)
        #expect(defence.refusal(stranger, clientIdentifier: "x", userName: "bob", at: start) == nil)
        #expect(
            defence.refusal(stranger, clientIdentifier: "x", userName: "anna", at: later(600_000)) == nil)
    }

    @Test("The first 64 bits are the address in IPv6; an IPv4 address is the same in either form")
    func networks() throws {
        var defence = defence { $0.addressFailures = 1 }
        _ = defence.loginFailed(
            try Self.address("2001:db8:1:2::1"), userName: nil, attempt: 1, at: start)
        #expect(!isAdmitted(&defence, try Self.address("2001:db8:1:2:ffff::9"), start))
        #expect(isAdmitted(&defence, try Self.address("2001:db8:1:3::1"), start))
        _ = defence.loginFailed(try Self.address("192.0.2.1"), userName: nil, attempt: 1, at: start)
        #expect(!isAdmitted(&defence, try Self.address("::ffff:192.0.2.1"), start))
    }

    @Test("Loopback is spared unless it is told otherwise; Unix sockets have no address")
    func loopback() throws {
        for text in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            let address = try Self.address(text)
            var spared = defence { $0.addressFailures = 1 }
            #expect(spared.loginFailed(address, userName: nil, attempt: 1, at: start) == .init())
            #expect(isAdmitted(&spared, address, start))
            var strict = defence {
                $0.addressFailures = 1
                $0.sparesLoopback = false
            }
            #expect(strict.loginFailed(address, userName: nil, attempt: 1, at: start).isAddressBanned)
            #expect(!isAdmitted(&strict, address, start))
        }
        var defence = defence { $0.addressFailures = 1 }
        #expect(defence.loginFailed(nil, userName: "a", attempt: 1, at: start) == .init())
    }

    @Test("Connections a second from one address: a burst, then the rate")
    func connectionRate() throws {
        var defence = defence {
            $0.connectionRate = 10
            $0.connectionBurst = 5
        }
        let address = try Self.address("192.0.2.1")
        for _ in 0..<5 { #expect(isAdmitted(&defence, address, start)) }
        #expect(defence.arrived(address, at: start) == .refused(.tooFast, isFirst: true))
        #expect(!isAdmitted(&defence, address, later(99)))
        #expect(isAdmitted(&defence, address, later(200)))
        #expect(isAdmitted(&defence, address, later(200)))
        #expect(!isAdmitted(&defence, address, later(200)))
        #expect(isAdmitted(&defence, try Self.address("192.0.2.2"), later(200)))
        // A long silence fills it up, and no further.
        #expect((0..<9).count { _ in isAdmitted(&defence, address, later(1 << 50)) } == 5)
    }

    @Test("Handshakes are bounded: of an address by turning new ones away, of all by ending the oldest")
    func handshakes() throws {
        var defence = defence {
            $0.handshakes = 4
            $0.addressHandshakes = 2
        }
        let address = try Self.address("192.0.2.1")
        var numbers: [UInt64] = []
        for _ in 0..<2 {
            guard case .admitted(let number, evicted: nil) = defence.arrived(address, at: start) else {
                Issue.record("turned away")
                return
            }
            numbers.append(number)
        }
        #expect(defence.arrived(address, at: start) == .refused(.tooManyHandshakes, isFirst: true))
        defence.handshakeEnded(numbers[0])
        defence.handshakeEnded(numbers[0])
        #expect(defence.handshakeCount == 1)
        #expect(
            defence.arrived(address, at: start) == .admitted(number: numbers[1] + 1, evicted: nil))
        for host in 2...3 {
            guard case .admitted(_, nil) = defence.arrived(try Self.address("192.0.2.\(host)"), at: start)
            else {
                Issue.record("turned away")
                return
            }
        }
        let last = defence.arrived(try Self.address("192.0.2.9"), at: start)
        guard case .admitted(_, evicted: numbers[1]) = last else {
            Issue.record("\(last)")
            return
        }
        #expect(defence.handshakeCount == 4)
    }

    @Test("Strangers take half of the files at most that the process may have open")
    func files() {
        #expect(DefenceLimits.strangers(files: nil) == .max)
        #expect(DefenceLimits.strangers(files: 1 << 40) == 1 << 39)
        #expect(DefenceLimits.strangers(files: 1_024) == 512)
        #expect(DefenceLimits.strangers(files: 1) == 1)
    }

    @Test("Who waits for an authenticator is not ended to make room, until it has its answer")
    func waitingForAuthenticator() throws {
        var defence = defence {
            $0.handshakes = 2
            $0.addressHandshakes = 0
        }
        let address = try Self.address("192.0.2.1")
        func arrive() -> (number: UInt64, evicted: UInt64?)? {
            guard case .admitted(let number, let evicted) = defence.arrived(address, at: start) else {
                return nil
            }
            return (number, evicted)
        }
        let waiting = try #require(arrive()).number
        defence.loginBegan(waiting)
        let silent = try #require(arrive()).number
        #expect(arrive()?.evicted == nil)
        #expect(arrive()?.evicted == silent)
        #expect(defence.waitingCount == 3 && defence.handshakeCount == 2)
        defence.loginAnswered(waiting)
        // It has come to the end of the row: two that are silent go first.
        #expect(arrive()?.evicted == silent + 1)
        #expect(arrive()?.evicted == silent + 2)
        #expect(arrive()?.evicted == waiting)
    }

    @Test("Who leaves while its password is verified still counts for its address, until there is an answer")
    func leavingWhileAsked() throws {
        var defence = defence { $0.addressHandshakes = 2 }
        let address = try Self.address("192.0.2.1")
        func arrive() -> UInt64? {
            guard case .admitted(let number, _) = defence.arrived(address, at: start) else { return nil }
            return number
        }
        let asked = [try #require(arrive()), try #require(arrive())]
        for number in asked {
            defence.loginBegan(number)
            defence.handshakeEnded(number)
            defence.handshakeEnded(number)
        }
        #expect(arrive() == nil)
        defence.loginAnswered(asked[0])
        #expect(defence.waitingCount == 1)
        let next = try #require(arrive())
        #expect(arrive() == nil)
        defence.loginAnswered(asked[1])
        defence.handshakeEnded(next)
        #expect(defence.waitingCount == 0)
        #expect(arrive() != nil && arrive() != nil && arrive() == nil)
    }

    /// A new connection's number, and whom it ended; nil: it was turned away.
    private func arrive(
        _ defence: inout Defence, _ address: NetworkAddress?
    ) -> (number: UInt64, evicted: UInt64?)? {
        guard case .admitted(let number, let evicted) = defence.arrived(address, at: start) else {
            return nil
        }
        return (number, evicted)
    }

    @Test("Who waits for an authenticator takes half of the files at most, with those who stall")
    func loginsWithinFiles() throws {
        var defence = Defence(DefenceLimits(), files: 8)
        let address = try Self.address("192.0.2.1")
        var logins: [UInt64] = []
        for _ in 0..<3 {
            let arrival = try #require(arrive(&defence, address))
            #expect(arrival.evicted == nil)
            defence.loginBegan(arrival.number)
            logins.append(arrival.number)
        }
        // Who has yet to say something makes room, also far below the bound on handshakes.
        let silent = try #require(arrive(&defence, address))
        #expect(silent.evicted == nil)
        let next = try #require(arrive(&defence, nil))
        #expect(next.evicted == silent.number)
        defence.loginBegan(next.number)
        #expect(defence.waitingCount == 4 && defence.handshakeCount == 0)

        // Nobody does: told once in a minute, and no connection of the address.
        for (time, isFirst) in [(0, true), (59_999, false), (60_000, true)] as [(Int64, Bool)] {
            #expect(
                defence.arrived(address, at: later(time)) == .refused(.tooManyLogins, isFirst: isFirst))
        }
        #expect(defence.addresses.value(address)?.handshakes == 3)

        // One that has its answer is one of those who make room.
        defence.loginAnswered(logins[0])
        #expect(arrive(&defence, address)?.evicted == logins[0])
        #expect(defence.waitingCount == 4)
    }

    @Test("Who has left while its password is verified takes no file any more")
    func leftWithinFiles() {
        var defence = Defence(DefenceLimits(), files: 4)
        let logins = (0..<2).compactMap { _ in arrive(&defence, nil)?.number }
        for number in logins { defence.loginBegan(number) }
        #expect(arrive(&defence, nil) == nil)
        defence.handshakeEnded(logins[0])
        #expect(arrive(&defence, nil) != nil)
        #expect(defence.waitingCount == 3)
    }

    @Test("Other bounds count from then on; where there are enough files, all may wait at once")
    func manyLogins() {
        var defence = Defence(DefenceLimits(), files: 2 * 10_000)
        for _ in 0..<10_000 {
            guard let arrival = arrive(&defence, nil), arrival.evicted == nil else {
                Issue.record("turned away, or another one was")
                return
            }
            defence.loginBegan(arrival.number)
        }
        #expect(arrive(&defence, nil) == nil)
        defence.take(DefenceLimits(), files: 1 << 20)
        #expect(arrive(&defence, nil)?.evicted == .some(nil))
        #expect(defence.waitingCount == 10_001)
    }

    @Test("A client that keeps losing its connection is banned for a while, one that says goodbye is not")
    func flapping() throws {
        var defence = defence { $0.flaps = 3 }
        let address = try Self.address("192.0.2.1")
        func lose(_ now: Instant) -> Bool {
            defence.connectionLost(address, clientIdentifier: "c", at: now)
        }
        #expect(!lose(start) && !lose(start) && !lose(start))
        // The time is over: it begins anew.
        #expect(!lose(later(60_000)) && !lose(later(60_000)) && !lose(later(60_000)))
        #expect(lose(later(60_001)))
        func isRefused(_ client: MQTTString, _ now: Instant) -> Bool {
            defence.refusal(address, clientIdentifier: client, userName: nil, at: now) != nil
        }
        #expect(isRefused("c", later(60_001)))
        #expect(!isRefused("d", later(60_001)))
        #expect(!isRefused("c", later(120_001)))
    }

    @Test("Nothing grows beyond its bound, and what was banned last is not what is forgotten first")
    func bounds() throws {
        var defence = defence {
            $0.remembered = 100
            $0.addressFailures = 2
            $0.handshakes = 50
        }
        let banned = try Self.address("2001:db8::1")
        _ = defence.loginFailed(banned, userName: nil, attempt: 1, at: start)
        _ = defence.loginFailed(banned, userName: nil, attempt: 2, at: start)
        for index in 0..<10_000 {
            let address = try Self.address("2001:db8:\(String(index, radix: 16)):1::1")
            _ = defence.arrived(address, at: start)
            _ = defence.loginFailed(address, userName: MQTTString("u\(index)"), attempt: index, at: start)
            defence.loginSucceeded(address, userName: MQTTString("u\(index)"))
            _ = defence.connectionLost(address, clientIdentifier: MQTTString("c\(index)"), at: start)
            // It keeps trying.
            if index % 50 == 0 { #expect(!isAdmitted(&defence, banned, start)) }
        }
        #expect(defence.addresses.count <= 100)
        #expect(defence.users.count <= 100)
        #expect(defence.familiar.count <= 100)
        #expect(defence.clients.count <= 100)
        #expect(defence.handshakeCount <= 50)
    }

    @Test("A table forgets what was touched least recently, as a list kept by hand does")
    func recency() {
        var table = RecencyTable<Int, Int>(capacity: 5)
        var expected: [(key: Int, value: Int)] = []
        var generator = SystemRandomNumberGenerator()
        for round in 0..<20_000 {
            let key = Int.random(in: 0..<9, using: &generator)
            let value = table.change(key, round) { $0 }
            if let place = expected.firstIndex(where: { $0.key == key }) {
                expected.append(expected.remove(at: place))
            } else {
                if expected.count == 5 { expected.removeFirst() }
                expected.append((key, round))
            }
            #expect(value == expected.last?.value)
            #expect(table.count == expected.count)
            for key in 0..<9 { #expect(table.value(key) == expected.first { $0.key == key }?.value) }
        }
    }
}

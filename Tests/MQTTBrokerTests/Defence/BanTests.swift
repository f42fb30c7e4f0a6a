import MQTTCodec
import MQTTEngine
import MQTTTransport
import NIOCore
import Testing

@testable import MQTTBroker

/// Bans that operators order, and those that they end.
@Suite(.timeLimit(.minutes(1))) struct BanTests {
    private static func address(_ text: String) throws -> NetworkAddress {
        try #require(NetworkAddress(SocketAddress(ipAddress: text, port: 1)))
    }

    private let start = Instant(milliseconds: 5_000_000)

    private func isAdmitted(_ defence: inout Defence, _ address: NetworkAddress, _ now: Instant) -> Bool {
        guard case .admitted(let number, _) = defence.arrived(address, at: now) else { return false }
        defence.handshakeEnded(number)
        return true
    }

    @Test("A range of addresses is banned until the time is over, on loopback too; others notice nothing")
    func ranges() throws {
        var defence = Defence(DefenceLimits())
        try defence.ordered.order(Ban(.address, "192.0.2.0/24", for: 60_000, reason: "scans"), at: start)
        try defence.ordered.order(Ban(.address, "127.0.0.0/8"), at: start)
        let bad = try Self.address("192.0.2.77")
        #expect(defence.arrived(bad, at: start) == .refused(.banned, isFirst: true))
        #expect(defence.arrived(bad, at: start) == .refused(.banned, isFirst: false))
        let later = start.advanced(milliseconds: 60_001)
        #expect(isAdmitted(&defence, try Self.address("192.0.3.1"), start))
        #expect(!isAdmitted(&defence, try Self.address("127.0.0.1"), later))
        #expect(isAdmitted(&defence, bad, later))
        let left = defence.bans(at: later)
        #expect(left == [Ban(.address, "127.0.0.0/8")])
    }

    @Test("Users and clients are refused with a reason, from everywhere, until the ban is lifted")
    func names() throws {
        var defence = Defence(DefenceLimits())
        try defence.ordered.order(Ban(.user, "eve"), at: start)
        try defence.ordered.order(Ban(.client, "phone"), at: start)
        func refusal(_ client: MQTTString, _ user: MQTTString?) -> Bool {
            defence.refusal(nil, clientIdentifier: client, userName: user, at: start) != nil
        }
        #expect(refusal("x", "eve") && refusal("phone", nil) && !refusal("x", "anna") && !refusal("x", nil))
        let lifted = [defence.lift(.user, "eve", at: start), defence.lift(.user, "eve", at: start)]
        #expect(lifted == [true, false])
        #expect(!refusal("x", "eve"))
    }

    @Test("What cannot be banned is said, and there is a bound")
    func bounds() throws {
        var bans = OrderedBans()
        #expect(throws: BanProblem.noAddress("nowhere")) {
            try bans.order(Ban(.address, "nowhere"), at: start)
        }
        #expect(throws: BanProblem.noSubject) { try bans.order(Ban(.user, ""), at: start) }
        for number in 0..<OrderedBans.maximum { try bans.order(Ban(.user, "\(number)", for: 10), at: start) }
        #expect(throws: BanProblem.tooMany(OrderedBans.maximum)) {
            try bans.order(Ban(.user, "x"), at: start)
        }
        // Those that are over make room.
        try bans.order(Ban(.user, "x"), at: start.advanced(milliseconds: 10))
        let all = bans.all(at: start)
        #expect(all.count == 1)
    }

    @Test("Bans of the broker's own are listed with their end, and can be lifted")
    func automatic() throws {
        var limits = DefenceLimits()
        limits.addressFailures = 1
        limits.userFailures = 1
        limits.banTime = 5_000
        var defence = Defence(limits)
        let (four, six) = (try Self.address("192.0.2.1"), try Self.address("2001:db8::1:2"))
        _ = defence.loginFailed(four, userName: "eve", attempt: 1, at: start)
        _ = defence.loginFailed(six, userName: nil, attempt: 2, at: start)
        let bans = defence.bans(at: start.advanced(milliseconds: 1_000))
        #expect(bans.map(\.subject) == ["192.0.2.1", "2001:db8::/64", "eve"])
        #expect(bans.allSatisfy { $0.remaining == 4_000 && !$0.isOrdered })
        for ban in bans {
            let isLifted = defence.lift(ban.kind, ban.subject, at: start)
            #expect(isLifted)
        }
        let left = defence.bans(at: start)
        #expect(left.isEmpty)
        #expect(isAdmitted(&defence, four, start))
    }

    @Test("Whom a ban concerns is disconnected, whoever else is connected stays, and a lifted ban is over")
    func live() async throws {
        try await RunningBroker.with(.tls) { running in
            let phone = try await running.connected("phone")
            let other = try await running.connected("other")
            try await running.broker.ban(Ban(.client, "phone", reason: "lost"))
            guard case .disconnect(let packet) = try await phone.next() else { throw BanProblem.noSubject }
            #expect(packet.reasonCode == .notAuthorized)
            try await other.ping()
            let again = try await running.client()
            #expect(try await again.connect("phone").reasonCode == .banned)
            #expect(try await running.broker.liftBan(.client, "phone"))
            try await running.connected("phone").ping()
            let counters = try await running.broker.doorCounters()
            #expect(counters.handshakesSucceeded == 4 && counters.handshakesFailed == 0)
        }
    }
}

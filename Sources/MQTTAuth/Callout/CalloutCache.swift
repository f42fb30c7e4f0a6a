import MQTTCodec
import Crypto
import MQTTEngine

/// Answers of the service that allowed a login, for as long as they may be remembered. What was asked is kept as
/// a hash, with a key that dies with this value.
struct CalloutCache {
    private struct Entry {
        var answer: CalloutAnswer
        /// In milliseconds.
        var storedAt: Int64
    }

    private let key = SymmetricKey(size: .bits256)
    private let capacity: Int
    /// In milliseconds.
    private let time: Int64
    private var entries: [[UInt8]: Entry] = [:]

    init(capacity: Int, time: Int64) {
        self.capacity = capacity
        self.time = time
    }

    /// What a request is found by. A client's port is another one each time, and does not count.
    func place(of request: AuthenticationRequest) -> [UInt8] {
        var code = HMAC<SHA256>(key: key)
        func add(_ bytes: [UInt8]?) {
            // The length first: else two parts could be divided in another way.
            code.update(data: Array("\(bytes?.count ?? -1):".utf8))
            code.update(data: bytes ?? [])
        }
        let address = request.peer.address
        let host = address.lastIndex(of: ":").map { address[..<$0] } ?? address[...]
        add(request.userName?.bytes)
        add(request.password)
        add(request.clientIdentifier.bytes)
        add(Array(host.utf8))
        add(Array(request.peer.listener.utf8))
        return Array(code.finalize())
    }

    /// The answer, and for how many seconds it is good less than when it was given.
    func find(_ place: [UInt8], now: Int64) -> (CalloutAnswer, age: Double)? {
        guard let entry = entries[place], now - entry.storedAt < time else { return nil }
        let age = Double(now - entry.storedAt) / 1000
        if let limit = entry.answer.expiresIn, age >= limit { return nil }
        return (entry.answer, age)
    }

    mutating func insert(_ place: [UInt8], _ answer: CalloutAnswer, now: Int64) {
        guard time > 0, capacity > 0 else { return }
        if entries.count >= capacity, entries[place] == nil {
            entries = entries.filter { now - $0.value.storedAt < time }
            // Any will do: who is thrown out is asked about once more.
            if entries.count >= capacity, let other = entries.keys.first { entries[other] = nil }
        }
        entries[place] = Entry(answer: answer, storedAt: now)
    }

    mutating func removeAll() { entries = [:] }

    var count: Int { entries.count }
}

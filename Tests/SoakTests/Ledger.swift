import MQTTClient

/// Reads the numbers 0, 1, 2 and so on from a subscription: each once at QoS 2, each at least once and its first time in
/// order at QoS 1.
final class Ledger {
    private var iterator: MQTTClient.Subscription.Iterator
    private let qos: QoS
    private let name: String
    private var next = 0

    init(_ messages: MQTTClient.Subscription, _ qos: QoS, _ name: String) {
        iterator = messages.makeAsyncIterator()
        self.qos = qos
        self.name = name
    }

    /// Reads until the number before `end` has come. Returns what is wrong.
    func read(upTo end: Int) async throws -> [String] {
        while next < end {
            guard let text = try await iterator.next()?.text, let number = Int(text) else {
                return ["\(name), QoS \(qos.rawValue): it ended at \(next)"]
            }
            if number == next {
                next += 1
            } else if qos == .exactlyOnce || number > next {
                return ["\(name), QoS \(qos.rawValue): \(number) came where \(next) was due"]
            }
        }
        return []
    }
}

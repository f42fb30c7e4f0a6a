import MQTTEngine
import NIOCore

/// The shard's end of an ``InProcessConnection``, on the event loop.
final class InProcessEnd: Connection {
    private let driver: ShardDriver
    private weak var connection: InProcessConnection?
    private var id: ConnectionID?

    init(driver: ShardDriver, connection: InProcessConnection) {
        self.driver = driver
        self.connection = connection
    }

    func open(_ peer: Peer) -> Bool {
        id = driver.opened(self, peer)
        return id != nil
    }

    func received(_ bytes: ByteBuffer) {
        if let id { driver.received(bytes, on: id) }
    }

    func lose() {
        guard let id else { return }
        self.id = nil
        driver.lost(id)
    }

    func writabilityChanged(_ isWritable: Bool) {
        if let id { driver.writabilityChanged(isWritable, of: id) }
    }

    func write(_ first: ByteBuffer, _ rest: [ByteBuffer]) {
        var mayGoOn = true
        if first.readableBytes > 0 { mayGoOn = deliver(first) }
        for buffer in rest { mayGoOn = deliver(buffer) && mayGoOn }
        if !mayGoOn { writabilityChanged(false) }
    }

    private func deliver(_ bytes: ByteBuffer) -> Bool { connection?.wrote(bytes) ?? true }

    func pauseReading() { connection?.setPaused(true) }

    func resumeReading() { connection?.setPaused(false) }

    func finish() {
        id = nil
        connection?.ended()
    }

    func abort() { finish() }
}

import MQTTCodec
import MQTTEngine

/// Reads what a shard begins with: everything but what long queues have on the disk alone.
@safe final class StateReader {
    private let handle: OpaquePointer
    /// Whether it reads that too, and messages that nobody refers to.
    private let isComplete: Bool
    private let progress: (Int) -> Void
    private var rows = 0

    /// Rows from one report to the next.
    private static let reportInterval = 1 << 16

    /// - Parameter progress: told how many rows have been read.
    init(_ handle: OpaquePointer, isComplete: Bool, progress: @escaping (Int) -> Void) {
        unsafe self.handle = handle
        self.isComplete = isComplete
        self.progress = progress
    }

    private func count() {
        rows += 1
        if rows % Self.reportInterval == 0 { progress(rows) }
    }

    func read() throws -> StoredState {
        var state = StoredState()
        try readSessions(&state)
        try each("SELECT id, filter FROM share_group") { row in
            state.groups.append((row.int(0), MQTTString(row.bytes(1))))
        }
        try readDeliveries(&state)
        try each("SELECT session, packet FROM received") { row in
            state.received.append((row.int(0), UInt16(clamping: row.int(1))))
        }
        try each("SELECT topic, message FROM retained") { row in
            state.retained.append((MQTTString(row.bytes(0)), row.int(1)))
        }
        try readMessages(&state)
        return state
    }

    private func readSessions(_ state: inout StoredState) throws {
        try each("SELECT \(StoredSession.columns) FROM session") { row in
            state.sessions.append(try StoredSession(row))
        }
        try each("SELECT \(StoredSubscription.columns) FROM subscription") { row in
            state.subscriptions.append((row.int(0), try StoredSubscription(row)))
        }
    }

    /// One pass over all deliveries. What is on the disk alone is only counted, unless something behind it is
    /// not: that was read, and not sent, when the broker ended.
    private func readDeliveries(_ state: inout StoredState) throws {
        let columns = StoredDelivery.columns
        let between = try unsafe PreparedStatement(
            "SELECT \(columns) FROM delivery WHERE owner = ? AND place > ? AND place < ? ORDER BY place",
            on: handle)
        var queue = StoredQueue(owner: 0, after: 0, through: 0, count: 0, bytes: 0)
        try each("SELECT \(columns) FROM delivery ORDER BY owner, place") { row in
            let owner = row.int(0)
            let place = row.int(1)
            if owner != queue.owner {
                if queue.count > 0 { state.queues.append(queue) }
                queue = StoredQueue(owner: owner, after: place - 1, through: 0, count: 0, bytes: 0)
            }
            if row.int(3) & 64 != 0 && !isComplete {
                if queue.count == 0 { queue.after = place - 1 }
                queue.count += 1
                queue.bytes += Int(row.int(7))
                queue.through = place
                return
            }
            if queue.count > 0 {
                between.bind(owner).bind(queue.after).bind(place)
                try between.forEach { state.deliveries.append((owner, try StoredDelivery($0))) }
                queue.count = 0
                queue.bytes = 0
            }
            state.deliveries.append((owner, try StoredDelivery(row)))
        }
        if queue.count > 0 { state.queues.append(queue) }
    }

    /// The messages that are retained or on their way, in ascending order: next to each other where they are
    /// close, found one by one where they are far apart.
    private func readMessages(_ state: inout StoredState) throws {
        state.lastMessage = try unsafe PreparedStatement("SELECT max(id) FROM message", on: handle).number()
        if isComplete {
            try each("SELECT \(StoredMessage.columns) FROM message ORDER BY id") { row in
                state.messages.append(try StoredMessage(row))
            }
            return
        }
        var wanted = state.retained.map(\.message)
        for delivery in state.deliveries where delivery.1.message != 0 { wanted.append(delivery.1.message) }
        wanted.sort()
        let statement = try unsafe PreparedStatement(
            "SELECT \(StoredMessage.columns) FROM message WHERE id >= ? ORDER BY id", on: handle)
        state.messages.reserveCapacity(wanted.count)
        var place = 0
        while place < wanted.count {
            statement.bind(wanted[place])
            let isAll = try statement.forEachWhile { row in
                count()
                let id = row.int(0)
                while place < wanted.count, wanted[place] < id { place += 1 }
                guard place < wanted.count else { return false }
                guard wanted[place] == id else { return wanted[place] - id < 64 }
                state.messages.append(try StoredMessage(row))
                while place < wanted.count, wanted[place] == id { place += 1 }
                return place < wanted.count && wanted[place] - id < 64
            }
            if isAll { break }
        }
    }

    private func each(_ sql: String, _ body: (borrowing PreparedStatement.Row) throws -> Void) throws {
        try unsafe PreparedStatement(sql, on: handle).forEach { row in
            count()
            try body(row)
        }
    }
}

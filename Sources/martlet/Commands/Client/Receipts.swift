import DequeModule
import MQTTClient

/// The messages that `pub -l` has handed over and that have not come to their end, as they were handed over together.
struct Receipts {
    private let options: ToolOptions
    private var batches: Deque<[PublishReceipt]> = []
    private(set) var count = 0
    /// The number of the next message whose end is looked at.
    private var number = 1

    init(_ options: ToolOptions) { self.options = options }

    mutating func append(_ batch: [PublishReceipt]) {
        batches.append(batch)
        count += batch.count
    }

    /// Waits for the oldest batch. Refusals are told.
    nonisolated(nonsending) mutating func settleFirst() async throws(ClientError) {
        guard let batch = batches.popFirst() else { return }
        count -= batch.count
        // When the last one is done, so are nearly always the others: one wait instead of many.
        if let last = batch.last { _ = try? await last.fulfilled() }
        for receipt in batch {
            do {
                try await receipt.fulfilled()
            } catch .publishRefused(let code, _) {
                Tool.warn(number, code, options)
            }
            number += 1
        }
    }
}

import MQTTCodec
import MQTTEngine
import Testing

/// Random histories with crashes at any step, each named by its seed.
@Suite("Durability: random crashes")
struct DurabilityRandomTests {
    /// What a broken engine or disk would do, and what a broken promise it has to show as.
    enum Sabotage: String, CaseIterable {
        case answersBeforeStored, forgetsReceived, forgetsToFreeReceived, forgetsHandedOver
        case forgetsPacketIdentifiers, forgetsDeliveries, forgetsRetained, forgetsSubscriptions
        case forgetsUnsubscriptions, forgetsToRemoveMessages

        func forgets(_ operation: StoreOperation) -> Bool {
            switch (self, operation) {
            case (.forgetsReceived, .saveReceived), (.forgetsToFreeReceived, .removeReceived),
                (.forgetsRetained, .saveRetained), (.forgetsSubscriptions, .saveSubscription),
                (.forgetsUnsubscriptions, .removeSubscription), (.forgetsToRemoveMessages, .removeMessage):
                true
            case (.forgetsHandedOver, .saveDelivery(_, let row)): row.state == .released
            case (.forgetsPacketIdentifiers, .saveDelivery(_, let row)): row.state == .published
            case (.forgetsDeliveries, .saveDelivery(_, let row)): row.state == .queued
            default: false
            }
        }
    }

    @Test(
        "Acknowledged is never lost, QoS 2 comes once, order, retained messages and subscriptions stay",
        arguments: 0..<10)
    func histories(block: UInt64) {
        var crashes = 0
        for seed in block * 40..<(block + 1) * 40 {
            let history = CrashHistory(seed: seed)
            history.run(steps: 300)
            crashes += history.crashes
            #expect(history.failures == [], "seed \(seed)")
        }
        #expect(crashes > 100)
    }

    @Test("What would break a promise is caught", arguments: Sabotage.allCases)
    func sabotage(_ sabotage: Sabotage) {
        var caught: [UInt64] = []
        for seed in UInt64(0)..<90 where caught.count < 2 {
            let history = CrashHistory(
                seed: seed, isLying: sabotage == .answersBeforeStored, forgets: sabotage.forgets)
            history.run(steps: 300)
            if !history.failures.isEmpty { caught.append(seed) }
        }
        #expect(caught.count >= 2, "\(sabotage) is caught by the seeds \(caught)")
    }
}

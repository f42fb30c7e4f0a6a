import MQTTCodec

/// A will and whether it is on its way, MQTT 5.0 section 3.1.2.5. A class: most sessions have none.
final class PendingWill {
    let will: Will
    /// When it will be published; nil while its connection lives.
    var dueAt: Instant?

    /// Its row in the store, where its session has none; 0: it has none either.
    var row: Int64 = 0
    var mark = StoreMark()

    init(_ will: Will) { self.will = will }
}

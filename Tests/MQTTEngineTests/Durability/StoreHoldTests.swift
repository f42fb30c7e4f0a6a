import MQTTCodec
import Testing

@testable import MQTTEngine

/// Where much comes, what acknowledgements may settle waits a little for them: what is acknowledged before it is
/// written is never written.
@Suite("Durability: what is held")
struct StoreHoldTests {
    /// A broker that holds what is gathered from two messages on, a stored session that is connected, and a publisher.
    private func online(_ qos: QoS = .atLeastOnce) -> (EngineHarness, reader: TestClient, TestClient) {
        let harness = EngineHarness(durable: true) { $0.limits.holdThreshold = 4 }
        let reader = harness.client("reader")
        reader.resume()
        reader.subscribe("t/#", qos: qos)
        let publisher = harness.client("publisher")
        publisher.resume()
        harness.storesAtOnce = false
        return (harness, reader, publisher)
    }

    private func publish(_ publisher: TestClient, _ identifiers: ClosedRange<UInt16>) {
        for identifier in identifiers {
            #expect(
                publisher.publish("t/\(identifier)", qos: .atLeastOnce, packetIdentifier: identifier) == nil)
        }
    }

    @Test("A lone message is stored at once")
    func loneMessage() {
        let (harness, _, publisher) = online()
        publish(publisher, 1...1)
        #expect(harness.beginBatch() != nil)
    }

    @Test("Of many, those that are acknowledged in time are never written, and the others when it is over")
    func many() {
        let (harness, reader, publisher) = online()
        publish(publisher, 1...4)
        #expect(harness.beginBatch() == nil)
        let messages = reader.takeMessages()
        #expect(messages.count == 4, "QoS 1 goes out ahead of its batch")
        for message in messages.prefix(3) { reader.puback(message.packetIdentifier) }
        for identifier in UInt16(1)...3 {
            #expect(publisher.takeAcknowledgement(.puback, identifier) != nil)
        }
        #expect(harness.beginBatch() == nil, "the last one has time left")
        harness.advance(milliseconds: StoreHold.longest)
        let batch = harness.beginBatch()
        #expect(batch?.operations.count == 2, "the message, and that the reader has to get it")
        #expect(publisher.takeAcknowledgement(.puback) == nil)
        harness.finishBatch()
        #expect(publisher.takeAcknowledgement(.puback, 4) != nil)
    }

    @Test("A batch leaves what has come since, and that comes with the next")
    func leavesWhatIsYoung() {
        let (harness, _, publisher) = online()
        publish(publisher, 1...4)
        #expect(harness.beginBatch() == nil)
        publish(publisher, 5...8)
        harness.advance(milliseconds: StoreHold.longest)
        #expect(harness.beginBatch()?.operations.count == 8)
        harness.finishBatch()
        for identifier in UInt16(1)...4 {
            #expect(publisher.takeAcknowledgement(.puback, identifier) != nil)
        }
        #expect(publisher.takeAcknowledgement(.puback) == nil)
        harness.advance(milliseconds: StoreHold.longest)
        #expect(harness.beginBatch()?.operations.count == 8)
        harness.finishBatch()
        #expect(publisher.takeAcknowledgement(.puback, 5) != nil)
    }

    @Test("What nothing but the store can settle takes all that was held with it")
    func firm() {
        let (harness, _, publisher) = online()
        publish(publisher, 1...4)
        #expect(harness.beginBatch() == nil)
        harness.connected("other").subscribe("u", qos: .atLeastOnce)
        let stored = harness.client("stored")
        stored.connect(cleanStart: false, sessionExpiry: 60)
        #expect((harness.beginBatch()?.operations.count ?? 0) > 8)
        harness.finishBatch()
        for identifier in UInt16(1)...4 {
            #expect(publisher.takeAcknowledgement(.puback, identifier) != nil)
        }
    }

    @Test("A row that changes while it is held is stored with its message, and so is the promise")
    func changedRow() {
        let (harness, reader, publisher) = online()
        publish(publisher, 1...4)
        #expect(harness.beginBatch() == nil)
        // The reader goes and comes back: what it has not acknowledged is sent again.
        reader.loseConnection()
        harness.beginBatch()
        harness.finishBatch()
        for identifier in UInt16(1)...4 {
            #expect(publisher.takeAcknowledgement(.puback, identifier) != nil)
        }
        harness.crash()
        harness.storesAtOnce = true
        let back = harness.client("reader")
        back.resume()
        #expect(back.takeMessages().count == 4)
    }

    @Test("A crash loses nothing that was acknowledged, and what was held comes again from its publisher")
    func crash() {
        let (harness, reader, publisher) = online()
        publish(publisher, 1...4)
        #expect(harness.beginBatch() == nil)
        reader.puback(reader.takeMessage()?.packetIdentifier ?? 0)
        #expect(publisher.takeAcknowledgement(.puback, 1) != nil)
        #expect(publisher.takeAcknowledgement(.puback) == nil)
        harness.crash()
        harness.storesAtOnce = true
        let back = harness.client("reader")
        back.resume()
        #expect(back.takeMessages().isEmpty, "nobody was promised them")
        harness.client("publisher").resume()
        harness.connected("other").publish("t/5", qos: .atLeastOnce)
        #expect(back.takeMessages().map(\.topicName) == ["t/5"])
    }

    @Test("What was taken back while it was young leaves nothing that is due")
    func nothingIsDue() {
        let (harness, reader, publisher) = online()
        publish(publisher, 1...4)
        #expect(harness.beginBatch() == nil)
        // One of the first stays, all of the second are acknowledged.
        for message in reader.takeMessages().dropFirst() { reader.puback(message.packetIdentifier) }
        publish(publisher, 5...8)
        for message in reader.takeMessages() { reader.puback(message.packetIdentifier) }
        harness.advance(milliseconds: StoreHold.longest)
        #expect(harness.beginBatch() != nil)
        harness.finishBatch()
        harness.advance(milliseconds: 1_000)
        #expect(harness.beginBatch() == nil)
        #expect(harness.nextBatchAt == nil, "a timer would fire again and again")
        publish(publisher, 9...9)
        #expect(harness.beginBatch() != nil, "and a lone message is stored at once")
    }

    @Test(
        "Publishers that wait because much waits for the disk go on when acknowledgements have taken it back")
    func backlogIsTakenBack() {
        let harness = EngineHarness(durable: true) {
            $0.limits.holdThreshold = 4
            $0.limits.storeBacklog = 2_000
        }
        let reader = harness.client("reader")
        reader.resume()
        reader.subscribe("t/#", qos: .atLeastOnce)
        let publisher = harness.client("publisher")
        publisher.resume()
        harness.storesAtOnce = false
        publish(publisher, 1...20)
        harness.beginBatch()
        var answered = 0
        while true {
            let messages = reader.takeMessages()
            if messages.isEmpty { break }
            for message in messages { reader.puback(message.packetIdentifier) }
            while publisher.takeAcknowledgement(.puback) != nil { answered += 1 }
        }
        #expect(answered == 20)
    }

    @Test("How long is learnt: more where much is left, nothing for a while where it is of no use")
    func learning() {
        var hold = StoreHold(threshold: 10)
        var now = Instant(milliseconds: 1_000)
        func turn(_ left: Int) -> Bool {
            if let end = hold.endsAt { now = max(now, end) }
            #expect(!hold.isOn(at: now))
            return hold.turn(gathered: 100, held: hold.endsAt == nil ? 0 : 100, left: left, at: now)
        }
        let (first, second) = (turn(0), turn(50))
        #expect(first && second)
        #expect(hold.interval == 2 * StoreHold.shortest)
        while hold.interval < StoreHold.longest { _ = turn(50) }
        let (useless, paused) = (turn(80), turn(80))
        #expect(!useless, "nobody acknowledges")
        #expect(!paused, "and for a second nothing is tried")
        now = now.advanced(milliseconds: 1_000)
        let again = turn(0)
        #expect(again)
        while hold.interval < 8 { _ = turn(50) }
        for _ in 0..<64 { _ = turn(0) }
        #expect(hold.interval == 4, "less is tried where nothing is left")
        let little = hold.turn(gathered: 3, held: 3, left: 0, at: now)
        #expect(!little)
    }
}

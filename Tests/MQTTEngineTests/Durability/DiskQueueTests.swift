import MQTTCodec
import MQTTEngine
import Testing

/// Long queues wait on the disk, and come back in order.
@Suite("Durability: queues on the disk")
struct DiskQueueTests {
    /// - Parameters:
    ///   - window: messages of a queue in memory.
    ///   - memory: bytes of all queues in memory; beyond it, nothing for clients that are away.
    private func harness(
        window: Int, memory: Int = 1 << 30, _ configure: (inout EngineConfiguration) -> Void = { _ in }
    ) -> EngineHarness {
        EngineHarness(durable: true) {
            $0.limits.queueWindow = window
            $0.limits.queueMemory = memory
            configure(&$0)
        }
    }

    private func away(_ name: MQTTString, _ harness: EngineHarness, _ filter: MQTTString = "t") {
        let client = harness.client(name)
        client.resume()
        client.subscribe(filter, qos: .exactlyOnce)
        client.loseConnection()
    }

    private func publish(_ numbers: Range<Int>, _ harness: EngineHarness, qos: QoS = .atLeastOnce) {
        let publisher = harness.connected("publisher")
        for number in numbers { publisher.publishCompletely("t", "\(number)", qos: qos) }
        publisher.disconnect()
    }

    private func back(_ name: MQTTString, _ harness: EngineHarness, receiveMaximum: UInt16 = 65_535)
        -> TestClient
    {
        let client = harness.client(name)
        client.acknowledges = true
        client.resume(properties: [.receiveMaximum(receiveMaximum)])
        return client
    }

    private func expectNothingLeft(_ harness: EngineHarness, _ location: SourceLocation = #_sourceLocation) {
        harness.storeEverything()
        #expect(harness.store?.deliveryRows == 0, sourceLocation: location)
        #expect(harness.store?.messageRows == 0, sourceLocation: location)
        #expect(harness.store?.strays == [], sourceLocation: location)
        #expect(harness.counters.queuedMessages == 0, sourceLocation: location)
        #expect(harness.counters.queuedOnDisk == 0, sourceLocation: location)
        #expect(harness.counters.storedMessages == 0, sourceLocation: location)
        #expect(harness.counters.storedBytes == 0, sourceLocation: location)
    }

    @Test(
        "[MQTT-4.6.0-1] Beyond the window messages leave memory, and come in their order", arguments: [0, 4])
    func order(memory: Int) {
        let harness = harness(window: 4, memory: memory == 0 ? 0 : 1 << 30)
        away("reader", harness)
        publish(0..<100, harness)
        #expect(harness.counters.queuedMessages == 100)
        #expect(harness.counters.queuedOnDisk >= 96)
        #expect(harness.counters.storedMessages <= 4)
        #expect(back("reader", harness).payloads == (0..<100).map { "\($0)" })
        expectNothingLeft(harness)
    }

    @Test("[MQTT-4.3.3-5] QoS 2 too, each once")
    func qos2() {
        let harness = harness(window: 3)
        away("reader", harness)
        publish(0..<40, harness, qos: .exactlyOnce)
        let reader = back("reader", harness, receiveMaximum: 5)
        #expect(reader.payloads == (0..<40).map { "\($0)" })
        expectNothingLeft(harness)
    }

    @Test("What comes while a queue is read from the disk waits behind it")
    func newOnesWhileReading() {
        let harness = harness(window: 4)
        away("reader", harness)
        publish(0..<20, harness)
        harness.readsAtOnce = false
        let reader = back("reader", harness)
        #expect(reader.payloads == ["0", "1", "2", "3"])
        var next = 20
        while !harness.questions.isEmpty && next < 60 {
            #expect(harness.questions.count == 1, "one question at a time")
            publish(next..<next + 2, harness)
            next += 2
            harness.readOnce()
        }
        harness.readsAtOnce = true
        harness.readAll()
        #expect(next < 60, "the client leaves the disk behind")
        #expect(reader.payloads == (0..<next).map { "\($0)" })
        publish(next..<next + 1, harness)
        #expect(reader.payloads.last == "\(next)")
        expectNothingLeft(harness)
    }

    @Test(
        "While the end of the disk's part is read, more comes than fits in memory: it goes to the disk again")
    func tooMuchWhileReading() {
        let harness = harness(window: 4)
        away("reader", harness)
        publish(0..<6, harness)
        harness.readsAtOnce = false
        let reader = back("reader", harness)
        publish(6..<50, harness)
        #expect(harness.counters.queuedMessages - harness.counters.queuedOnDisk <= 8)
        harness.crash()
        harness.readsAtOnce = true
        let again = back("reader", harness)
        #expect(Set(reader.payloads + again.payloads) == Set((0..<50).map { "\($0)" }))
        #expect(again.payloads == again.payloads.sorted { (Int($0) ?? 0) < (Int($1) ?? 0) })
        expectNothingLeft(harness)
    }

    @Test("A message is stored once for several queues, and goes with the last", arguments: [0, 2, 1000])
    func shared(window: Int) {
        let harness = harness(window: max(window, 1), memory: window == 0 ? 0 : 1 << 30)
        away("one", harness)
        away("two", harness)
        let online = back("online", harness)
        online.subscribe("t", qos: .atLeastOnce)
        publish(0..<30, harness)
        #expect(online.payloads.count == 30)
        #expect(harness.store?.messageRows == 30)
        #expect(back("one", harness).payloads.count == 30)
        harness.storeEverything()
        #expect(harness.store?.messageRows == 30)
        #expect(harness.store?.strays == [])
        #expect(back("two", harness).payloads == (0..<30).map { "\($0)" })
        expectNothingLeft(harness)
    }

    @Test("A retained message that waits on the disk as well outlives its place")
    func retained() {
        let harness = harness(window: 1, memory: 0)
        away("reader", harness)
        let publisher = harness.connected("publisher")
        publisher.publish("t", "old", qos: .atLeastOnce, retain: true)
        publisher.publish("t", "new", qos: .atLeastOnce, retain: true)
        harness.storeEverything()
        #expect(back("reader", harness).payloads == ["old", "new"])
        harness.storeEverything()
        #expect(harness.store?.messageRows == 1)
        #expect(harness.store?.strays == [])
    }

    @Test("After a crash only the beginning is in memory, and everything comes", arguments: [0, 5])
    func crash(window: Int) {
        let harness = harness(window: max(window, 1), memory: window == 0 ? 0 : 1 << 30)
        away("reader", harness)
        away("other", harness)
        publish(0..<50, harness)
        harness.crash()
        #expect(harness.counters.storedMessages <= 10)
        #expect(harness.counters.queuedMessages == 100)
        publish(50..<60, harness)
        #expect(back("reader", harness).payloads == (0..<60).map { "\($0)" })
        harness.storeEverything()
        harness.crash()
        #expect(back("other", harness).payloads == (0..<60).map { "\($0)" })
        _ = harness.connected("reader")
        expectNothingLeft(harness)
    }

    @Test("A crash while a queue is read: what was acknowledged stays away, the rest comes in order")
    func crashWhileReading() {
        let harness = harness(window: 4)
        away("reader", harness)
        publish(0..<40, harness)
        let reader = harness.client("reader")
        reader.resume(properties: [.receiveMaximum(1)])
        for _ in 0..<10 {
            guard let message = reader.takeMessage() else { break }
            reader.puback(message.packetIdentifier)
        }
        harness.storeEverything()
        harness.crash()
        #expect(back("reader", harness).payloads == (10..<40).map { "\($0)" })
        expectNothingLeft(harness)
    }

    @Test("[MQTT-3.3.2-5] What expires on the disk is counted, and its rows go")
    func expiry() {
        let harness = harness(window: 1, memory: 0)
        away("reader", harness)
        let publisher = harness.connected("publisher")
        for number in 0..<10 {
            publisher.publish(
                "t", "\(number)", qos: .atLeastOnce,
                properties: [.messageExpiryInterval(number < 7 ? 10 : 100)])
        }
        harness.advance(seconds: 50)
        #expect(back("reader", harness).payloads == ["7", "8", "9"])
        #expect(harness.drops(.expired) == 7)
        publisher.disconnect()
        expectNothingLeft(harness)
    }

    @Test("The end of a session takes its queue from the disk, and its messages where they were the last")
    func sessionEnds() {
        let harness = harness(window: 2)
        away("one", harness)
        away("two", harness)
        publish(0..<30, harness)
        _ = harness.connected("one")
        #expect(harness.drops(.sessionEnded) == 30)
        harness.storeEverything()
        #expect(harness.store?.deliveryRows == 30)
        #expect(harness.store?.messageRows == 30)
        _ = harness.connected("two")
        expectNothingLeft(harness)
    }

    @Test("A crash while the queue of an ended session is removed: the rest is removed after it")
    func crashWhileEnding() {
        let harness = harness(window: 2)
        away("one", harness)
        publish(0..<30, harness)
        harness.readsAtOnce = false
        _ = harness.connected("one")
        harness.storeEverything()
        harness.crash()
        harness.readsAtOnce = true
        harness.readAll()
        expectNothingLeft(harness)
    }

    @Test("The bound on a queue counts what is on the disk, and drop-oldest takes from there")
    func dropOldest() {
        let harness = harness(window: 3) {
            $0.limits.queueMessages = 20
            $0.offlineQueuePolicy = .dropOldest
        }
        away("reader", harness)
        publish(0..<50, harness)
        #expect(harness.counters.queuedMessages == 20)
        #expect(harness.drops(.queueFull) == 30)
        #expect(back("reader", harness).payloads == (30..<50).map { "\($0)" })
        expectNothingLeft(harness)
    }

    @Test("With reject-newest a publisher is told when the queue on the disk is full, and when the disk is")
    func rejectNewest() {
        let harness = harness(window: 3) {
            $0.limits.queueMessages = 20
            $0.limits.diskBytes = 1000
            $0.offlineQueuePolicy = .rejectNewest
        }
        away("reader", harness)
        let publisher = harness.connected("publisher")
        var codes: [ReasonCode?] = []
        for number in 0..<25 {
            codes.append(publisher.publish("t", "\(number)", qos: .atLeastOnce)?.reasonCode)
        }
        #expect(codes == Array(repeating: .success, count: 20) + Array(repeating: .quotaExceeded, count: 5))
        #expect(back("reader", harness).payloads.count == 20)
        let again = back("reader", harness)
        harness.bytesOnDisk = 2000
        #expect(publisher.publish("t", "a", qos: .atLeastOnce)?.reasonCode == .success)
        again.loseConnection()
        #expect(publisher.publish("t", "b", qos: .atLeastOnce)?.reasonCode == .quotaExceeded)
        harness.bytesOnDisk = 500
        let writer = harness.client("writer")
        writer.resume()
        #expect(publisher.publish("t", "c", qos: .atLeastOnce)?.reasonCode == .success)
    }

    @Test("What waits for a shared subscription whose members are away waits on the disk, too")
    func group() {
        let harness = harness(window: 2, memory: 0)
        away("one", harness, "$share/g/t")
        away("two", harness, "$share/g/t")
        publish(0..<40, harness)
        #expect(harness.counters.storedMessages == 0)
        harness.crash()
        publish(40..<50, harness)
        #expect(back("two", harness, receiveMaximum: 3).payloads == (0..<50).map { "\($0)" })
        expectNothingLeft(harness)
    }

    @Test("A group that ends takes its queue from the disk")
    func groupEnds() {
        let harness = harness(window: 2, memory: 0)
        away("one", harness, "$share/g/t")
        publish(0..<40, harness)
        _ = harness.connected("one")
        #expect(harness.drops(.noMemberLeft) == 40)
        expectNothingLeft(harness)
    }

    @Test("A client that goes away while it is served leaves what was read to the disk when memory is short")
    func returned() {
        let harness = harness(window: 8, memory: 0)
        away("reader", harness)
        publish(0..<60, harness)
        for _ in 0..<5 {
            let reader = harness.client("reader")
            reader.resume(properties: [.receiveMaximum(2)])
            #expect(reader.messages.count == 2)
            for message in reader.takeMessages() { reader.puback(message.packetIdentifier) }
            reader.loseConnection()
            #expect(harness.counters.queuedMessages == harness.counters.queuedOnDisk)
        }
        harness.crash()
        let rest = back("reader", harness).payloads
        #expect(rest == (60 - rest.count..<60).map { "\($0)" })
        #expect((48...50).contains(rest.count))
        expectNothingLeft(harness)
    }

    @Test("A message that the store has lost is counted and reported, and does not stop the others")
    func lost() {
        let harness = harness(window: 2, memory: 0)
        away("reader", harness)
        publish(0..<10, harness)
        harness.store?.lose(messageOf: "4")
        #expect(back("reader", harness).payloads == (0..<10).filter { $0 != 4 }.map { "\($0)" })
        #expect(harness.drops(.damaged) == 1)
        #expect(
            harness.events.contains(.messagesDropped(clientIdentifier: "reader", .damaged, count: 1)))
    }
}

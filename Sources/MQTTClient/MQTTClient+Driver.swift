import MQTTCodec
import NIOCore

/// The session's hands: its bytes, its actions and its time.
extension MQTTClient {
    /// Does what the session wants done. To be called after every call on it.
    func sessionChanged() {
        while !session.actions.isEmpty {
            // Two arrays in turn: what they have room for is kept.
            var actions = spareActions
            spareActions = []
            swap(&actions, &session.actions)
            for action in actions { perform(action) }
            actions.removeAll(keepingCapacity: actions.count <= 1_024)
            spareActions = actions
        }
        wakeTakers()
        metrics.holds(outbox: session.outbox.count, inFlight: session.inFlight.count)
        if session.output.readableBytes > 0 { scheduleFlush() }
        scheduleTimer()
        updateReading()
    }

    private func perform(_ action: SessionAction) {
        switch action {
        case .connected(let connack): accepted(connack)
        case .refused(let connack):
            close(
                because: .connectionRefused(
                    connack.reasonCode, reason: connack.properties.reasonString?.description))
        case .challenged(let data): challenged(data)
        case .reauthenticated(let data): reauthenticated(data)
        case .published(let token, let result):
            forget(token)
            if case .failure = result { metrics.publishFailed() }
            publishes.removeValue(forKey: token)?.complete(result)
            offerRoom()
        case .subscribed(let token, let result), .unsubscribed(let token, let result):
            requests.removeValue(forKey: token)?.complete(result)
        case .received(let packet, let delivery): deliver(packet, delivery)
        case .redirected(let reference):
            guard let other = address.moved(to: reference.description) else { break }
            address = other
            report(.redirected(other))
        case .close(let error): close(because: error)
        }
    }

    /// Bytes go out once for all that is done in one turn of the event loop.
    private func scheduleFlush() {
        guard !flushIsScheduled, channel != nil else { return }
        flushIsScheduled = true
        eventLoop.execute { self.assumeIsolated { $0.flush() } }
    }

    func flush() {
        flushIsScheduled = false
        guard let channel else { return }
        while session.output.readableBytes > 0 {
            let bytes = session.output
            session.output = channel.allocator.buffer(capacity: min(bytes.readableBytes, 65_536))
            observe(bytes)
            let tokens = session.outputTokens
            session.outputTokens.removeAll()
            let written = channel.writeAndFlush(bytes)
            if !tokens.isEmpty {
                written.whenComplete { result in self.assumeIsolated { $0.written(tokens, result) } }
            }
            session.isWritable = channel.isWritable
            session.sendOutbox(at: .now())
        }
        if !session.actions.isEmpty { sessionChanged() }
        offerRoom()
    }

    private func observe(_ bytes: ByteBuffer) {
        guard let observer = configuration.packetObserver else { return }
        var bytes = bytes
        while let packet = try? ControlPacket.read(from: &bytes, version: configuration.version) {
            observer(.sent, packet)
        }
    }

    private func written(_ tokens: [UInt64], _ result: Result<Void, any Error>) {
        for token in tokens {
            publishes.removeValue(forKey: token)?.complete(
                result.map { PublishOutcome(reasonCode: .success, properties: []) }
                    .mapError { _ in .connectionLost })
        }
    }

    func received(_ bytes: ByteBuffer, on number: Int) {
        guard number == connectionNumber else { return }
        var bytes = bytes
        session.received(&bytes, at: .now())
        sessionChanged()
    }

    func writabilityChanged(_ isWritable: Bool, on number: Int) {
        guard number == connectionNumber else { return }
        session.isWritable = isWritable
        session.sendOutbox(at: .now())
        sessionChanged()
        offerRoom()
    }

    private func scheduleTimer() {
        guard let deadline = session.deadline else { return }
        // One that comes too early looks at the clock and sets the next.
        if let timerDeadline, timerDeadline <= deadline { return }
        timer?.cancel()
        timerDeadline = deadline
        timer = eventLoop.scheduleTask(deadline: deadline) { self.assumeIsolated { $0.timePassed() } }
    }

    private func timePassed() {
        timerDeadline = nil
        session.advance(to: .now(), isReading: isReading)
        sessionChanged()
    }

    /// Holds TCP back while a subscription is too full, or too much waits for one, unless somebody waits for what comes behind.
    func updateReading() {
        let isFull = !fullInboxes.isEmpty || unclaimed.count >= max(1, configuration.subscriptionBuffer)
        let wanted = !isFull || session.awaitsAnswer || session.phase != .connected
        guard wanted != isReading else { return }
        isReading = wanted
        channel?.setOption(.autoRead, value: wanted).whenFailure { _ in }
    }
}

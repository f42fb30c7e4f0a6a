import DequeModule
import MQTTCodec
import NIOCore

extension MQTTClient {
    /// Connects. From then on the client connects again by itself. Where a server sends it to another one, it goes
    /// there, five times at most.
    ///
    /// - Parameter retrying: whether the first connection is tried again too, after the delays of
    ///   ``ClientConfiguration/reconnect``.
    /// - Returns: the server's answer.
    /// - Throws: ``ClientError``.
    @discardableResult
    public func connect(retrying: Bool = false) async throws(ClientError) -> Connack {
        switch state {
        case .idle, .ended: break
        case .connecting, .connected, .waiting, .disconnecting: throw .alreadyConnected
        }
        try await loadOutbox()
        switch state {
        case .idle, .ended: break
        case .connecting, .connected, .waiting, .disconnecting: throw .alreadyConnected
        }
        var attempt = 0
        var redirections = 0
        while true {
            let place = address
            do {
                return try await open()
            } catch {
                // The server has named another one, and that is where to go: but not in circles for ever.
                if address != place, redirections < 5, state == .connecting {
                    redirections += 1
                    continue
                }
                attempt += 1
                guard retrying, let delay = delay(before: attempt, after: error) else {
                    if state == .connecting { end(error) }
                    throw error
                }
                report(.attemptFailed(error))
                report(.reconnecting(attempt: attempt, delay: delay))
                do { try await pause(delay) } catch {
                    end(.cancelled)
                    throw .cancelled
                }
                guard state == .connecting else { throw .notConnected }
            }
        }
    }

    /// Connects, does something, and disconnects.
    public static func withConnection<Result>(
        _ configuration: ClientConfiguration, _ body: (MQTTClient) async throws -> sending Result
    ) async throws -> sending Result {
        let client = MQTTClient(configuration)
        try await client.connect()
        do {
            let result = try await body(client)
            await client.disconnect()
            return result
        } catch {
            await client.disconnect()
            throw error
        }
    }

    /// Says goodbye and closes. Whatever waits for an answer fails with ``ClientError/notConnected``.
    ///
    /// - Parameter packet: what to say; nil: a normal disconnection, that ends the session too where the
    ///   configuration says so.
    public func disconnect(_ packet: Disconnect? = nil) async {
        reconnection?.cancel()
        reconnection = nil
        if case .ended = state { return }
        state = .disconnecting
        // Acknowledgements of what was taken come before the end.
        for number in inboxes.keys { settle(number) }
        if let channel {
            var packet = packet ?? Disconnect()
            let endsSession = configuration.endsSessionOnDisconnect ?? configuration.cleanStart
            if endsSession && configuration.sessionExpiryInterval > 0
                && packet.properties.sessionExpiryInterval == nil
            {
                packet.properties.sessionExpiryInterval = 0
            }
            session.disconnect(packet)
            flush()
            let number = connectionNumber
            // The server closes when it has read all of it; one that does not is left after a second.
            channel.setOption(.autoRead, value: true).whenFailure { _ in }
            channel.close(mode: .output, promise: nil)
            let deadline = eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
            try? await channel.closeFuture.get()
            deadline.cancel()
            guard number == connectionNumber || self.channel == nil else { return }
        }
        end(nil)
    }

    /// One attempt, from the first byte to CONNACK.
    func open() async throws(ClientError) -> Connack {
        state = .connecting
        connectionNumber += 1
        closeReason = nil
        let number = connectionNumber
        let done = Completion<Connack>()
        handshake = done
        Task { await self.establish(number, done) }
        let outcome = await done.outcome(within: configuration.connectTimeout, on: eventLoop)
        if case .failure(let error) = outcome, number == connectionNumber {
            if case .securityFailed = error { configuration.securityContexts.forget() }
            handshake = nil
            channel?.close(promise: nil)
            dropConnection()
        }
        return try outcome.get()
    }

    private func establish(_ number: Int, _ done: Completion<Connack>) async {
        let connector = ClientConnector(
            address: address, timeout: TimeAmount(configuration.connectTimeout),
            localAddress: configuration.localAddress, proxy: configuration.proxy,
            security: configuration.security, contexts: configuration.securityContexts)
        do throws(ClientError) {
            let opened = try await connector.open(on: eventLoop) { channel in
                try channel.pipeline.syncOperations.addHandler(
                    ConnectionHandler(client: self, number: number))
            }
            guard number == connectionNumber, !done.isComplete, state == .connecting else {
                opened.close(promise: nil)
                return
            }
            guard opened.isActive else { throw .connectionLost }
            channel = opened
            isReading = true
            try beginAuthentication()
            session.connectionOpened(at: .now())
            sessionChanged()
        } catch {
            done.complete(.failure(error))
        }
    }

    func accepted(_ connack: Connack) {
        let isFirst = state == .connecting && !hasBeenConnected
        guard isAuthenticated(connack.properties.authenticationData) else { return }
        hasBeenConnected = true
        state = .connected
        if isFirst && connack.sessionPresent { keepUnclaimed() }
        report(.connected(sessionPresent: connack.sessionPresent))
        handshake?.complete(.success(connack))
        handshake = nil
        if !connack.sessionPresent {
            claims.removeAll()
            resubscribe()
        }
    }

    /// Sends what is to be sent, and closes.
    func close(because error: ClientError) {
        closeReason = error
        handshake?.complete(.failure(error))
        flush()
        channel?.close(promise: nil)
    }

    func connectionEnded(_ number: Int, _ error: ClientError) {
        guard number == connectionNumber else { return }
        let reason = closeReason ?? error
        dropConnection()
        if let handshake {
            self.handshake = nil
            handshake.complete(.failure(reason))
            return
        }
        guard state == .connected, session.phase == .offline else { return }
        lost(reason)
    }

    /// Forgets the present connection.
    private func dropConnection() {
        connectionNumber += 1
        channel = nil
        timer?.cancel()
        timer = nil
        timerDeadline = nil
        exchange = nil
        reauthentication?.complete(.failure(.connectionLost))
        reauthentication = nil
        session.connectionLost()
        sessionChanged()
    }

    private func lost(_ reason: ClientError) {
        report(.connectionLost(reason))
        guard configuration.reconnect != nil, !isFinal(reason) else { return end(reason) }
        state = .waiting
        reconnection = Task { await self.reconnect(after: reason) }
    }

    private func reconnect(after reason: ClientError) async {
        var reason = reason
        var attempt = 1
        while !Task.isCancelled {
            guard let delay = delay(before: attempt, after: reason) else { return end(reason) }
            report(.reconnecting(attempt: attempt, delay: delay))
            do { try await pause(delay) } catch { return }
            // It may be over, although the time had passed when somebody said so.
            guard state == .waiting, !Task.isCancelled else { return }
            do throws(ClientError) {
                _ = try await open()
                return
            } catch {
                guard !Task.isCancelled else { return }
                reason = error
                report(.attemptFailed(error))
                state = .waiting
            }
            attempt += 1
        }
    }

    /// nil: no more attempts.
    private func delay(before attempt: Int, after error: ClientError) -> Duration? {
        guard let policy = configuration.reconnect, !isFinal(error) else { return nil }
        if let maximum = policy.maximumAttempts, attempt > maximum { return nil }
        var random = SystemRandomNumberGenerator()
        return policy.delay(before: attempt, using: &random)
    }

    /// Whether another attempt would end the same way.
    private func isFinal(_ error: ClientError) -> Bool {
        switch error {
        case .connectionRefused(let code, _):
            return [
                .badUserNameOrPassword, .notAuthorized, .banned, .clientIdentifierNotValid,
                .unsupportedProtocolVersion, .badAuthenticationMethod, .malformedPacket, .protocolError,
                .packetTooLarge, .topicNameInvalid, .retainNotSupported, .qosNotSupported,
            ].contains(code)
        case .disconnectedByServer(let code, _):
            return [.sessionTakenOver, .notAuthorized, .administrativeAction, .banned].contains(code)
        // Later it may be that they are just being renewed.
        case .securityUnusable: return !hasBeenConnected
        case .invalidAddress, .cancelled, .authenticationFailed: return true
        default: return false
        }
    }

    /// The client is over.
    func end(_ error: ClientError?) {
        if case .ended = state { return }
        state = .ended(error)
        handshake?.complete(.failure(error ?? .notConnected))
        handshake = nil
        channel?.close(promise: nil)
        dropConnection()
        session.abandon()
        responses = nil
        let why = error ?? .notConnected
        for completion in publishes.values { completion.complete(.failure(why)) }
        for completion in requests.values { completion.complete(.failure(why)) }
        for seeker in roomSeekers { seeker.completion.complete(.failure(why)) }
        publishes.removeAll()
        // What is stored stays there, for the next connection or the next program.
        storedTokens.removeAll()
        isOutboxLoaded = false
        requests.removeAll()
        roomSeekers.removeAll()
        forgetUnclaimed()
        for number in inboxes.keys { endInbox(number, error.map { .failure($0) } ?? .success(())) }
        report(.ended(error))
        observers.end()
    }
}

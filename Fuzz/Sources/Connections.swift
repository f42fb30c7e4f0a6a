import MQTTCodec
import MQTTEngine
import NIOCore

/// Whole connections: bytes of several clients, clock steps, lost connections and answers of the ports, in any
/// order, through a shard; all that comes out is checked by ``FuzzedClient``.
///
/// Input: five bytes of configuration, then steps; each begins with its kind and client in one byte.
func fuzzConnections(_ bytes: [UInt8]) {
    var input = Input(bytes)
    var run = ConnectionsRun(&input)
    while !input.isEmpty { run.step(&input) }
    run.finish()
}

struct ConnectionsRun: ~Copyable {
    private var shard: Shard
    private var now = Instant(milliseconds: 1_000)
    private var clients = [FuzzedClient](repeating: FuzzedClient(), count: 4)
    private var questions: [Question] = []
    /// Connections whose transport has ended: the shard may still deal with what came through them.
    private var lost: Set<ConnectionID> = []
    private var isShutDown = false
    private let limits: Limits

    private enum Question {
        case authentication(ConnectionID, hasMethod: Bool)
        case authorization(ConnectionID)
    }

    init(_ input: inout Input) {
        let configuration = EngineConfiguration(fuzzed: &input)
        limits = configuration.limits
        shard = Shard(configuration: configuration, ports: Ports(fuzzed: &input), seed: 7, now: now)
    }

    mutating func step(_ input: inout Input) {
        act(&input)
        settle()
    }

    private mutating func act(_ input: inout Input) {
        let kind = input.byte()
        let client = Int(kind & 3)
        switch kind >> 2 & 15 {
        case 0: open(client)
        case 1: send(input.take(Int(input.byte())), client)
        case 2:
            let firstByte = input.byte()
            let body = input.take(Int(input.byte()))
            send(frame(firstByte, body), client)
        case 3:
            open(client)
            send(.connect(.fuzzed(&input)), client)
        case 4: send(.fuzzedSubscribe(&input), client)
        case 5: send(.fuzzedPublish(&input), client)
        case 6: answer(client, &input)
        case 7: lose(client)
        case 8:
            guard let id = clients[client].id else { return }
            clients[client].isWritable.toggle()
            shard.writabilityChanged(clients[client].isWritable, of: id, at: now)
        case 9:
            now = now.advanced(milliseconds: 1 << Int64(input.below(24)))
            trace("it is \(now.milliseconds) ms")
            shard.advance(to: now)
        case 10: answerQuestion(&input)
        case 11:
            guard let id = clients[client].id else { return }
            trace("client \(client) is disconnected by the operator")
            shard.disconnect(id, .administrativeAction, at: now)
        case 12: send(.fuzzedDisconnect(&input), client)
        case 13: send(.fuzzedUnsubscribe(&input), client)
        case 14:
            // Many of one kind, to fill what has a bound.
            let packet = ControlPacket.fuzzedPublish(&input)
            for _ in 0..<input.byte() / 4 { send(packet, client) }
        default:
            // Rarely: nothing happens afterwards.
            guard input.byte() == 0xFF else { return send(.pingreq, client) }
            isShutDown = true
            shard.shutDown(at: now)
        }
    }

    /// Ends all connections and lets all time pass: nothing may be left but retained messages.
    mutating func finish() {
        for client in clients.indices { lose(client) }
        settle()
        // A connection whose packets wait for an answer is only lost behind them.
        while let question = questions.popLast() {
            answer(question, 2)
            settle()
        }
        for _ in 0..<8 {
            now = now.advanced(seconds: 3_600)
            shard.advance(to: now)
            settle()
        }
        let counters = shard.counters
        require(counters.connected == 0, "\(counters.connected) clients are still connected")
        require(counters.sessions == 0, "\(counters.sessions) sessions are left")
        require(counters.subscriptions == 0, "\(counters.subscriptions) subscriptions are left")
        require(
            counters.sharedSubscriptions == 0, "\(counters.sharedSubscriptions) shared subscriptions are left"
        )
        require(counters.queuedMessages == 0, "\(counters.queuedMessages) messages are still queued")
        require(counters.inFlightMessages == 0, "\(counters.inFlightMessages) messages are still in flight")
        require(
            counters.storedMessages == counters.retainedMessages,
            "\(counters.storedMessages) messages are stored, \(counters.retainedMessages) retained")
        require(
            counters.retainedBytes <= counters.storedBytes || counters.retainedMessages == 0, "retained bytes"
        )
        require(
            counters.storedMessages > 0 || counters.storedBytes == 0,
            "\(counters.storedBytes) bytes of nothing")
    }

    // MARK: What clients do

    private func frame(_ firstByte: UInt8, _ body: [UInt8]) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeInteger(firstByte)
        buffer.writeVariableByteInteger(body.count)
        buffer.writeBytes(body)
        return Array(buffer: buffer)
    }

    private mutating func open(_ client: Int) {
        guard clients[client].id == nil else { return }
        let peer = Peer(address: "fuzz", listener: "fuzz")
        guard let id = shard.connectionOpened(peer, at: now) else {
            require(isShutDown, "a connection is refused")
            return
        }
        clients[client] = FuzzedClient()
        clients[client].id = id
    }

    private mutating func send(_ packet: ControlPacket, _ client: Int) {
        var buffer = ByteBuffer()
        packet.encode(into: &buffer, version: clients[client].version)
        send(Array(buffer: buffer), client)
    }

    private mutating func send(_ bytes: [UInt8], _ client: Int) {
        guard clients[client].id != nil, !bytes.isEmpty else { return }
        clients[client].unsent += bytes
        deliver(client)
    }

    /// Hands over what a client sent, unless the shard wants to read nothing.
    private mutating func deliver(_ client: Int) {
        guard let id = clients[client].id, !clients[client].isPaused, !clients[client].unsent.isEmpty else {
            return
        }
        let bytes = clients[client].unsent
        trace("client \(client) sends \(bytes)")
        clients[client].unsent = []
        clients[client].sent(bytes)
        shard.received(ByteBuffer(bytes: bytes), on: id, at: now)
    }

    /// Acknowledges something that the client has received.
    private mutating func answer(_ client: Int, _ input: inout Input) {
        let choice = Int(input.byte())
        guard let packet = clients[client].acknowledgement(choice) else { return }
        send(packet, client)
    }

    private mutating func lose(_ client: Int) {
        guard let id = clients[client].id else { return }
        trace("client \(client) is lost")
        clients[client].id = nil
        lost.insert(id)
        shard.connectionLost(id, at: now)
    }

    private mutating func answerQuestion(_ input: inout Input) {
        guard !questions.isEmpty else { return }
        let choice = input.byte()
        answer(questions.remove(at: Int(choice >> 2) % questions.count), choice)
    }

    private mutating func answer(_ question: Question, _ answer: UInt8) {
        switch question {
        case .authentication(let id, let hasMethod):
            switch answer & 3 {
            case 0: shard.authenticated(id, .refused(.notAuthorized, reasonString: "no"), at: now)
            case 1: shard.authenticated(id, .challenge(data: [1, 2, 3]), at: now)
            case 2: shard.authenticated(id, .accepted(data: hasMethod ? [9] : nil), at: now)
            default: shard.authenticated(id, .accepted(userName: "someone"), at: now)
            }
        case .authorization(let id): shard.authorized(id, answer & 3 != 0, at: now)
        }
    }

    // MARK: What the shard does

    /// Takes all actions, and lets due time pass until there is nothing more to do at this moment.
    private mutating func settle() {
        drain()
        var rounds = 0
        while let deadline = shard.nextDeadline, deadline <= now {
            rounds += 1
            require(rounds < 1_000, "there is always something due")
            shard.advance(to: now)
            drain()
        }
        let counters = shard.counters
        require(counters.retainedMessages <= limits.retainedMessages, "too many retained messages")
        require(counters.retainedBytes <= limits.retainedBytes, "too many retained bytes")
        require(
            min(counters.sessions, counters.subscriptions, counters.queuedMessages, counters.inFlightMessages)
                >= 0,
            "less than nothing")
    }

    private mutating func drain() {
        var count = 0
        while let action = shard.nextAction() {
            count += 1
            require(count < 100_000, "there is always another action")
            carryOut(action)
        }
    }

    private mutating func carryOut(_ action: Action) {
        switch action {
        case .write(let id):
            let output = shard.takeOutput(of: id)
            guard let client = client(id) else {
                require(output.isEmpty, "output for a connection that has ended")
                return
            }
            require(clients[client].isWritable || output.isEmpty, "output for a connection that takes none")
            trace("client \(client) receives \(Array(buffer: output.first))")
            clients[client].received(output)
            shard.reclaim(output.first)
        case .close(let id, let final):
            guard let client = client(id) else {
                require(lost.remove(id) != nil, "a connection is closed twice")
                return
            }
            trace("client \(client) is closed after \(Array(buffer: final.first))")
            clients[client].received(final)
            clients[client].id = nil
        case .pauseReading(let id):
            if let client = client(id) {
                trace("client \(client) is not read")
                clients[client].isPaused = true
            }
        case .resumeReading(let id):
            if let client = client(id) {
                trace("client \(client) is read")
                clients[client].isPaused = false
                deliver(client)
            }
        case .authenticate(let id, let request):
            questions.append(.authentication(id, hasMethod: request.method != nil))
        case .authorize(let id, _): questions.append(.authorization(id))
        case .readQueue, .pass: break
        case .report(let event): trace("\(event)")
        }
    }

    private func client(_ id: ConnectionID) -> Int? { clients.firstIndex { $0.id == id } }
}

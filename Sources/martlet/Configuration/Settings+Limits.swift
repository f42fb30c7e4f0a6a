import MQTTBroker

extension Settings {
    private static let longest = Int(UInt32.max)
    private static let most = Int(Int32.max)
    private static let largest = 1 << 48

    /// Every bound of the broker.
    static let limits: [Setting<ServerConfiguration>] = [
        .count(
            "limits.connections", \.broker.engine.limits.connections, 1...most,
            "Connections at a time, all listeners together. More are refused with 0x89 Server busy."),
        .count(
            "limits.stored_sessions", \.broker.engine.limits.storedSessions, 0...most,
            """
            Sessions kept for clients that are away. Beyond it a client is accepted, but its session does not \
            outlive its connection, and CONNACK says so.
            """),
        .duration(
            "limits.session_expiry_interval", \.broker.engine.limits.sessionExpiryInterval, in: .seconds,
            0...longest, word: "never", meaning: longest,
            """
            The longest Session Expiry Interval granted. It also bounds the sessions of 3.1.1 and 3.1 clients \
            with Clean Session 0.
            """),
        .duration(
            "limits.message_expiry_interval", \.broker.engine.limits.messageExpiryInterval, in: .seconds,
            1...longest, word: "unlimited", "The longest life of a message; unlimited: as its publisher says."
        ),
        .duration(
            "limits.keep_alive", \.broker.engine.limits.keepAlive, in: .seconds, 1...65_535,
            word: "unlimited",
            """
            The longest keep alive granted. A client that asks for more gets a Server Keep Alive (5.0) or is \
            held to it silently (3.1.1, 3.1); unlimited: any, and none at all.
            """),
        .duration(
            "limits.time_to_connect", \.broker.engine.limits.timeToConnect, in: .milliseconds, 1...3_600_000,
            "From accepting a connection to a whole CONNECT. Then the connection is closed."),
        .duration(
            "limits.time_to_decide", \.broker.engine.limits.timeToDecide, in: .milliseconds, 0...86_400_000,
            """
            From a whole CONNECT to the decision about it, where passwords or a service are asked: when all clients \
            come back at once, each waits for the slow hashes of others. Then the connection is closed.
            """),
        .size(
            "limits.packet_size", \.broker.engine.limits.packetSize, 64...(256 << 20),
            "The longest packet accepted from a client; more: 0x95. CONNACK tells 5.0 clients."),
        .size(
            "limits.connect_packet_size", \.broker.engine.limits.connectPacketSize, 64...(256 << 20),
            "The longest packet accepted before a client was let in; more: the connection is closed."),
        .size(
            "limits.store_backlog", \.broker.engine.limits.storeBacklog, 1...most,
            "Bytes of messages that wait for the disk; beyond it publishers of QoS 1 and 2 are not read."),
        .count(
            "limits.hold_threshold", \.broker.engine.limits.holdThreshold, 1...1_000_000_000,
            "Where so many changes wait for the disk, messages on their way at QoS 1 are given up to 64 ms to be acknowledged, and then never written; a very large number: no time."
        ),
        .size(
            "limits.topic_length", \.broker.engine.limits.topicLength, 1...65_535,
            "The longest topic name or topic filter; more: 0x90 or 0x8F."),
        .count(
            "limits.topic_levels", \.broker.engine.limits.topicLevels, 1...1_000,
            "The most levels of a topic name or topic filter; more: 0x90 or 0x8F."),
        .count(
            "limits.subscriptions_per_session", \.broker.engine.limits.subscriptionsPerSession, 1...most,
            "Subscriptions of one session; more: 0x97."),
        .count(
            "limits.in_flight", \.broker.engine.limits.inFlight, 1...65_535,
            """
            QoS 1 and 2 messages sent to one client and not yet acknowledged. The client's Receive Maximum \
            counts where it is lower. More wait in the queue.
            """),
        .count(
            "limits.queue_messages", \.broker.engine.limits.queueMessages, 1...most,
            "Messages queued for one session. The policies in `queues` say what happens then."),
        .size(
            "limits.queue_bytes", \.broker.engine.limits.queueBytes, 1024...largest,
            "Bytes queued for one session. The policies in `queues` say what happens then."),
        .count(
            "limits.queue_window", \.broker.engine.limits.queueWindow, 1...most,
            """
            Messages of one session's queue that are kept in memory, where sessions are stored. The rest is on \
            the disk alone, and read when its turn comes.
            """),
        .size(
            "limits.queue_memory", \.broker.engine.limits.queueMemory, 0...largest,
            """
            Bytes that queues take in memory, all together, where sessions are stored. Beyond it what comes for \
            clients that are away goes to the disk alone, and less is kept for the others.
            """),
        .size(
            "limits.disk_bytes", \.broker.engine.limits.diskBytes, 1...largest,
            "Bytes that the store takes on its disk. Beyond it every queue counts as full."),
        .size(
            "limits.stored_bytes", \.broker.engine.limits.storedBytes, 1024...largest,
            """
            Bytes that all messages take in memory, queued, in flight and retained, with some hundred bytes for \
            each to keep it. Beyond it every queue counts as full. What is being sent counts for \
            `limits.outgoing_bytes`.
            """
        ),
        .count(
            "limits.retained_messages", \.broker.engine.limits.retainedMessages, 0...most,
            "Retained messages. A publish that would add one more is refused with 0x97."),
        .size(
            "limits.retained_bytes", \.broker.engine.limits.retainedBytes, 0...largest,
            "Bytes of all retained messages; more: 0x97."),
        .count(
            "limits.outgoing_topic_aliases", \.broker.engine.limits.outgoingTopicAliases, 0...65_535,
            "Topic aliases that the broker itself uses towards one client, at most."),
        .size(
            "limits.outgoing_bytes", \.broker.engine.limits.outgoingBytes, 1024...largest,
            "Bytes waiting to be sent to one client. Beyond it publishers to that client are held back."),
        .size(
            "limits.deferred_bytes", \.broker.engine.limits.deferredBytes, 1024...largest,
            "Bytes of a publisher that is held back which are read all the same, to find acknowledgements."),
        .duration(
            "limits.slow_reader_time", \.broker.engine.limits.slowReaderTime, in: .milliseconds,
            1...86_400_000,
            """
            How long a client may hold publishers back without taking anything. Then it is disconnected with \
            0x97.
            """),
        .duration(
            "limits.publisher_hold_time", \.broker.engine.limits.publisherHoldTime, in: .milliseconds,
            1...86_400_000,
            """
            How long a 3.1.1 or 3.1 publisher waits for room in a queue with `reject-newest`. Then it is \
            disconnected.
            """),
        .number(
            "limits.message_rate", \.broker.engine.limits.messageRate, .count(0...most),
            SpecialWord(word: "unlimited", value: .number(0)),
            """
            PUBLISH packets a second from one client, on average; a second's worth may come at once. More: see \
            `limits.rate_policy`.
            """),
        .number(
            "limits.byte_rate", \.broker.engine.limits.byteRate, .size(0...largest),
            SpecialWord(word: "unlimited", value: .number(0)),
            """
            Bytes of PUBLISH packets a second from one client, on average; a second's worth may come at once. \
            More: see `limits.rate_policy`.
            """),
        .choice(
            "limits.rate_policy", \.broker.engine.ratePolicy,
            """
            What happens to a client that publishes faster. `hold`: it is not read until its rate is within the \
            bound again, and nothing is lost. `disconnect`: it is disconnected with 0x96.
            """),
    ]
}

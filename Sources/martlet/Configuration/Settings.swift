import Logging
import MQTTBroker
import MQTTStorage

/// Every setting there is.
enum Settings {
    /// All but the listeners, in the order of the reference.
    static let all =
        general + authentication + authorization + tls + admin + log + systemTopics + queues + offer
        + limits + defence + audit + transport

    static let general: [Setting<ServerConfiguration>] = [
        .boolean(
            "allow_anonymous", \.allowAnonymous,
            """
            Whether clients without credentials may come in. Without `authentication.password_file` it is about \
            listeners that other machines can reach: they are refused at start unless this is `true`, and clients \
            on loopback addresses and Unix sockets may come in any case. With it, it is about all listeners.
            """),
        .text(
            "data_directory", \.dataDirectory, taking: .path,
            defaultNote:
                "`/var/lib/martlet` as root, else `$XDG_STATE_HOME/martlet` or `~/.local/state/martlet`",
            """
            Where the broker keeps what outlives it. Created with mode 0700. One broker at a time may use it: \
            it holds a lock on `martlet.lock` there.
            """),
        .choice(
            "durability", \.durability,
            """
            What an acknowledgement survives. `synced`: a crash of the broker and of the machine; everything that \
            was acknowledged to persistent sessions and publishers is on the disk before. `written`: a crash of \
            the broker. `memory`: neither; sessions, queues and retained messages end with the broker.
            """),
        .optionalList(
            "topic_durability", \.topicDurability, taking: .topicDurability,
            """
            Messages on these topics are kept by another mode than `durability`: each entry is `FILTER=MODE`, and \
            the first filter that matches the topic counts. It is about messages alone, queued and retained ones: \
            sessions, subscriptions, wills and packet identifiers always follow `durability`. With `memory` a \
            message ends with the broker, and costs no disk; docs/guarantees.md says what that means at each QoS. \
            As a flag: `--topic-durability FILTER=MODE`, as often as needed.
            """),
        .choice(
            "damaged_store", \.damagePolicy,
            """
            What becomes of a store that is found damaged at the start. `set-aside`: it is renamed to \
            `martlet.sqlite3.damaged`, the log says so, and the broker begins with an empty one. `refuse`: it \
            stays, and the broker does not start.
            """),
        .count(
            "shards", \.broker.shards, 0...64,
            """
            Event loops that clients are spread over, each on a processor of its own. `0`: as many as there are \
            processors that the broker may use.
            """),
    ]

    static let log: [Setting<ServerConfiguration>] = [
        .choice(
            "log.level", \.logLevel,
            "The least important events that are logged. Areas can get levels of their own while the broker runs: [admin.md](admin.md#the-log)."
        ),
        .choice(
            "log.format", \.logFormat,
            """
            Lines for people or JSON objects, one on each line, always to standard error. Where that is the \
            journal, each line begins with its priority.
            """),
        .number(
            "log.burst", \.logBurst, .count(1...1_000_000), SpecialWord(word: "unlimited", value: .number(0)),
            """
            Lines of one message within ten seconds. Further ones are left out, and how many is told \
            afterwards.
            """),
    ]

    static let systemTopics: [Setting<ServerConfiguration>] = [
        .duration(
            "system_topics.interval", \.broker.engine.systemTopicInterval, in: .seconds, 1...86_400,
            word: "never",
            """
            Time between publications of the `$SYS/broker/...` topics. While no client is connected nothing is \
            published, so that an idle broker has nothing to wake up for.
            """),
        .boolean(
            "system_topics.presence", \.broker.engine.presenceEvents,
            """
            Whether `$SYS/brokers/martlet/clients/{client}/connected` and `.../disconnected` tell in JSON who comes \
            and goes, and why. `/`, `+`, `#` and `%` of client identifiers are percent-encoded there.
            """),
        .text(
            "system_topics.version", \.systemTopicVersion, taking: .text(maximumBytes: 256),
            defaultNote: "`martlet` and its version",
            "What `$SYS/broker/version` says. Empty: nothing that tells the version."),
    ]

    static let queues: [Setting<ServerConfiguration>] = [
        .choice(
            "queues.online_policy", \.broker.engine.onlineQueuePolicy,
            """
            What happens when the queue of a connected client is full (`limits.queue_messages`, \
            `limits.queue_bytes`). `hold-publishers`: publishers that would add to it are not read until there \
            is room. `end-session`: the session ends, and the client learns it by Session Present 0. \
            `drop-oldest`: the oldest queued message makes room. `reject-newest`: the publish is refused with \
            0x97 before anyone is given the message.
            """),
        .choice(
            "queues.offline_policy", \.broker.engine.offlineQueuePolicy,
            "The same for the queue of a client that is away."),
    ]
}

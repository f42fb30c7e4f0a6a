import MQTTBroker

extension Settings {
    private static let never = SpecialWord(word: "never", value: .number(0))
    private static let any = SpecialWord(word: "unlimited", value: .number(0))
    private static let most = Int(Int32.max)
    private static let longest = 7 * 86_400_000

    /// What one address, user or client may try.
    static let defence: [Setting<ServerConfiguration>] = [
        .number(
            "defence.address_failures", \.broker.defence.addressFailures, .count(0...most), never,
            """
            Failed logins from one address within `defence.failure_time` after which it is banned for \
            `defence.ban_time`: its connections are closed as they come. The same wrong name and password again \
            count once. In IPv6 the first 64 bits are the address, here and below.
            """),
        .number(
            "defence.user_failures", \.broker.defence.userFailures, .count(0...most), never,
            """
            Failed logins of one user within `defence.failure_time`, from anywhere, after which for \
            `defence.ban_time` only addresses may try that the user has come in from before; others get 0x8A Banned.
            """),
        .duration(
            "defence.failure_time", \.broker.defence.failureTime, in: .milliseconds, 1_000...longest,
            "The time in which failed logins are counted."),
        .duration(
            "defence.ban_time", \.broker.defence.banTime, in: .milliseconds, 1_000...longest,
            "How long a ban lasts."),
        .duration(
            "defence.login_delay", \.broker.defence.loginDelay, in: .milliseconds, 0...60_000,
            """
            The longest time that the answer to a failed login is held back: a quarter of a second for the first, \
            twice as long for each that follows. Below `limits.time_to_decide`, or the connection ends before.
            """),
        .number(
            "defence.connection_rate", \.broker.defence.connectionRate, .count(0...most), any,
            "New connections a second from one address; more are closed as they come."),
        .count(
            "defence.connection_burst", \.broker.defence.connectionBurst, 1...most,
            "New connections that may come from one address at once before `defence.connection_rate` counts."),
        .count(
            "defence.handshakes", \.broker.defence.handshakes, 1...most,
            """
            Connections at a time that have not logged in and have yet to send something: TLS, WebSocket, CONNECT. One \
            more ends the oldest of them, so whoever stalls makes room for those who do not, and for those whose \
            passwords are being verified. With these they are never more than half of the files that the process may \
            have open: beyond that the oldest that has yet to send something ends, too, and where there is none a new \
            connection is closed as it comes.
            """),
        .number(
            "defence.address_handshakes", \.broker.defence.addressHandshakes, .count(0...most), any,
            "The same from one address; one more is closed as it comes."),
        .number(
            "defence.flaps", \.broker.defence.flaps, .count(0...most), never,
            """
            How often a client may lose its connection or be thrown out (by another client with its identifier, \
            for example) within `defence.flap_time` before its identifier is banned for `defence.flap_ban_time`, \
            with 0x8A Banned. DISCONNECT is no loss.
            """),
        .duration(
            "defence.flap_time", \.broker.defence.flapTime, in: .milliseconds, 1_000...longest,
            "The time in which lost connections are counted."),
        .duration(
            "defence.flap_ban_time", \.broker.defence.flapBanTime, in: .milliseconds, 1_000...longest,
            "How long a client's identifier is banned."),
        .count(
            "defence.remembered", \.broker.defence.remembered, 1...most,
            """
            Addresses, users and clients that are remembered for all this, each. Those that were longest silent \
            are forgotten first.
            """),
        .boolean(
            "defence.spares_loopback", \.broker.defence.sparesLoopback,
            "Whether clients on loopback addresses are excepted from all this. Those on Unix sockets always are."
        ),
    ]

    static let audit: [Setting<ServerConfiguration>] = [
        .optionalPath(
            "audit.file", \.auditFile,
            """
            A log of its own of logins, refusals, bans, changes of users and rules, and administration: one JSON \
            object on each line, appended and synced, made with mode 0600. SIGHUP opens it again, after a rotation.
            """)
    ]
}

import MQTTBroker

extension Settings {
    static let listenerURL = Setting<ListenerEntry>(
        path: "url", kind: .listenerURL,
        summary: """
            Where it listens: `mqtt://HOST:PORT`, `ws://HOST:PORT/PATH` or `unix:///PATH`, and with TLS \
            `mqtts://HOST:PORT` or `wss://HOST:PORT/PATH`. IPv6 addresses stand \
            in brackets. Port 0 takes any free port, which the log tells.
            """,
        defaultNote: "none: it must be given",
        read: { $0.url.map { .text($0.description) } ?? .absent },
        write: { entry, value in
            if case .text(let text) = value { entry.url = try? ListenerURL(text) }
        })

    /// What each entry of `listeners` may hold.
    static let listener: [Setting<ListenerEntry>] =
        [
            listenerURL,
            .optionalNumber(
                "maximum_connections", \.maximumConnections, .count(1...Int(Int32.max)), word: "unlimited",
                """
                Connections at a time through this listener; more are refused with 0x89 Server busy. \
                `limits.connections` counts in any case.
                """),
            .optionalNumber(
                "mode", \.mode, .fileMode, word: "umask",
                "Permission bits of a Unix socket. Only for `unix:` listeners."),
            .words(
                "authentication", \.authentication, LoginKind.allCases.map(\.rawValue), word: "configured",
                "Ways to log in through this listener, in place of `authentication.methods`."),
            Setting(
                path: "proxies", kind: .addressRanges, special: SpecialWord(word: "none", value: .absent),
                summary: """
                    Load balancers that speak the PROXY protocol (version 1 or 2) here: who clients are is what they \
                    say, in logs, bans and rules. Nobody else may connect to this listener then.
                    """,
                read: { $0.proxies.map { .text($0) } ?? .absent },
                write: { entry, value in
                    if case .text(let text) = value { entry.proxies = text } else { entry.proxies = nil }
                }),
        ] + listenerTLS
}

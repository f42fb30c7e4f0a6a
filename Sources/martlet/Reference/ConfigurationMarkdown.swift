/// docs/configuration.md, from the tables.
enum ConfigurationMarkdown {
    static var text: String {
        var text = head
        for section in [""] + Settings.topSections {
            let settings = Settings.all.filter { Settings.topSection(of: $0.path) == section }
            text += "\n## \(section.isEmpty ? "general" : section)\n\n"
            text += SectionText.summaries[section].map { "\($0)\n\n" } ?? ""
            text += table(settings, of: ServerConfiguration())
            if section.isEmpty { text += listeners }
        }
        return text + tail
    }

    private static let head = """
        <!-- Made from Sources/martlet/Configuration: `martlet configuration-reference > docs/configuration.md` -->
        # Configuration

        Every setting has a default; a broker needs no configuration at all. Settings come from these, \
        each overriding those above it:

        1. the defaults below,
        2. the YAML file given with `--config FILE` (or `MARTLET_CONFIG`), see \
        [martlet.example.yaml](martlet.example.yaml),
        3. environment variables: `MARTLET_` and the setting's name in capitals, with `_` for `.`: \
        `MARTLET_LIMITS_PACKET_SIZE=1MiB`. An empty one counts as not set. One that is no setting is ignored \
        with a warning,
        4. the flags of `martlet serve`: `--listen`, `--allow-anonymous`, `--password-file`, `--acl-file`, \
        `--certificate`, `--private-key`, `--admin`, `--data`, `--durability`, `--topic-durability`, `--shards`, \
        `--log-level`, `--log-format`.

        `martlet check-config FILE` checks a file and starts nothing. All errors are reported together, each \
        with line, column and the setting's name.

        Paths that do not begin with `/` are relative to the directory in which the broker was started, and not \
        to the file that names them.

        Sizes are written with B, KiB, MiB, GiB, TiB (1024) or kB, MB, GB, TB (1000); a bare number means \
        bytes. Durations are written with ms, s, m, h, d; a bare number means the unit named. Numbers may hold \
        `_`. Names in a file are nested: `limits.packet_size` is `packet_size:` below `limits:`.

        """

    private static var listeners: String {
        """

        ### listeners

        A list; each entry is a URL, or holds the settings below. A list given by the environment \
        (`MARTLET_LISTENERS`, URLs with commas between) or by `--listen` replaces the whole list. Without any, \
        the broker listens on this machine only: \
        \(DefaultListeners.urls.map { "`\($0)`" }.joined(separator: ", ")) (127.0.0.1 and, where there is \
        IPv6, ::1), and clients need no credentials there unless a password file says so. A listener that other \
        machines can reach is refused unless there is a password file, or `allow_anonymous` says that everybody \
        may come in.


        """ + table(Settings.listener, of: ListenerEntry())
    }

    private static var tail: String {
        """

        ## To let other machines in

        `martlet passwd users.txt anna` and then `martlet serve --listen mqtt://0.0.0.0:1883 --password-file \
        users.txt` listens on all addresses of IPv4 (`[::]`: of IPv6 and IPv4), and takes clients that know a \
        password. With `--allow-anonymous` in its place everybody who reaches them may do everything. \
        [security.md](security.md) has the rest.

        To drain a broker, set `offer.redirection.server_reference` and start it anew: clients of 5.0 are told \
        where to go, others are refused.

        ## Log

        The log goes to standard error, one line for each event, with times in UTC. Text: time, level, message, \
        then names and values, quoted where needed. JSON: an object with `time`, `level`, `logger`, `message` and, \
        where there is more, `metadata`. Control characters are escaped in both. Each listener tells its real \
        address once it accepts connections: `listening on mqtt://127.0.0.1:41233`.

        ## Signals and exit status of `martlet`

        SIGTERM and SIGINT end the broker: it accepts no more, sends clients of 5.0 DISCONNECT with 0x8B Server \
        shutting down, gives all clients `transport.stop_time` to take their last bytes, and ends with 0.

        | status | meaning |
        |---|---|

        """ + ExitStatus.allCases.map { "| \($0.rawValue) | \($0.explanation) |\n" }.joined()
    }

    private static func table<Target>(_ settings: [Setting<Target>], of defaults: Target) -> String {
        var text = "| setting | takes | default | meaning |\n|---|---|---|---|\n"
        for setting in settings {
            let special = setting.special.map { ", or `\($0.word)`" } ?? ""
            let standard = setting.defaultNote ?? "`\(setting.text(setting.read(defaults)))`"
            text += "| `\(setting.path)` | \(setting.kind.explanation)\(special) | \(standard) "
            text += "| \(setting.summary) |\n"
        }
        return text
    }
}

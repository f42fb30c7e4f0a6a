import MQTTBroker

extension Settings {
    /// Who may come in, and what they may do then.
    static let security: [Setting<ServerConfiguration>] = [
        .optionalPath(
            "authentication.password_file", \.passwordFile,
            """
            Users and their passwords, in Mosquitto's format; `martlet passwd` makes it. Every client then needs \
            a user name and a password, unless `allow_anonymous` lets those in who give neither. Read again \
            when it changes and on SIGHUP.
            """),
        .optionalPath(
            "authorization.acl_file", \.accessFile,
            """
            What users may publish and subscribe to, in Mosquitto's acl_file format; see \
            [security.md](security.md#what-may-you-do). What no rule allows is refused. Without the file \
            everybody who comes in may do everything. Read again when it changes and on SIGHUP.
            """),
    ]
}

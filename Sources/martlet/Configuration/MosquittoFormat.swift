/// Tells a configuration of Mosquitto's from one of ours, for who gives us theirs.
enum MosquittoFormat {
    /// What nearly every file of theirs has some of.
    private static let words: Set<Substring> = [
        "listener", "port", "bind_address", "protocol", "per_listener_settings", "allow_anonymous",
        "password_file",
        "acl_file", "persistence", "persistence_location", "persistence_file", "autosave_interval",
        "include_dir",
        "pid_file", "user", "log_dest", "log_type", "cafile", "capath", "certfile", "keyfile",
        "require_certificate",
        "use_identity_as_username", "max_connections", "max_keepalive", "max_packet_size",
        "max_queued_messages",
        "max_inflight_messages", "message_size_limit", "persistent_client_expiration", "sys_interval",
        "connection",
        "address", "topic", "plugin", "auth_plugin",
    ]

    static let explanation =
        "this is in the format of mosquitto.conf; docs/guides/from-mosquitto.md says how its settings are written here"

    /// Lines of a word and a value without a colon between, and words that Mosquitto knows.
    static func isLikely(_ text: String) -> Bool {
        var isKnown = false
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let word = words.first, !word.hasPrefix("#") else { continue }
            guard word.allSatisfy({ ($0.isLetter && $0.isLowercase) || $0 == "_" || $0.isNumber }),
                words.count > 1
            else { return false }
            isKnown = isKnown || Self.words.contains(word)
        }
        return isKnown
    }
}

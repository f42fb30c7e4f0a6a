/// What the flags of `martlet serve` say, as settings.
struct FlagConfiguration: Sendable {
    var listen: [String] = []
    var allowAnonymous = false
    var passwordFile: String?
    var accessFile: String?
    var certificate: String?
    var privateKey: String?
    var admin: String?
    var data: String?
    var durability: String?
    var topicDurability: [String] = []
    var shards: String?
    var logLevel: String?
    var logFormat: String?

    var layer: ConfigurationLayer {
        var layer = ConfigurationLayer()
        for url in listen { layer.listen(on: url, at: .flag("--listen"), path: "") }
        let given = [
            ("allow_anonymous", "--allow-anonymous", allowAnonymous ? "true" : nil),
            ("authentication.password_file", "--password-file", passwordFile),
            ("authorization.acl_file", "--acl-file", accessFile),
            ("tls.certificate", "--certificate", certificate),
            ("tls.private_key", "--private-key", privateKey),
            ("admin.listen", "--admin", admin),
            ("data_directory", "--data", data),
            ("durability", "--durability", durability),
            (
                "topic_durability", "--topic-durability",
                topicDurability.isEmpty ? nil : topicDurability.joined(separator: ", ")
            ),
            ("shards", "--shards", shards),
            ("log.level", "--log-level", logLevel),
            ("log.format", "--log-format", logFormat),
        ]
        for (path, flag, text) in given {
            guard let text, let setting = Settings.all.first(where: { $0.path == path }) else { continue }
            layer.set(setting, to: text, at: .flag(flag))
        }
        return layer
    }
}

import MQTTAuth

extension ServerConfiguration {
    /// Whether there are access rules of any kind.
    var hasAccessRules: Bool { accessFile != nil || access.hasRules }

    /// The rules of the access file and those of the configuration itself.
    ///
    /// - Throws: the first thing that is wrong with the file.
    func accessRules() throws(FileProblem) -> AccessRules {
        var rules = access.rules
        if let accessFile { rules = try AccessFile.rules(contentsOf: accessFile) + rules }
        return AccessRules(rules, members: access.roles, policy: subscriptionPolicy)
    }
}

extension ToolOptions {
    /// Reads `mqtt://[USER[:PASSWORD]@]HOST[:PORT]/TOPIC`, and the same with `mqtts://`, `ws://` and `wss://`.
    mutating func read(url: String) throws(ToolError) {
        var rest = url[...]
        let schemes = [("mqtt://", 1883), ("mqtts://", 8883), ("ws://", 8083), ("wss://", 8884)]
        guard let (scheme, standardPort) = schemes.first(where: { rest.hasPrefix($0.0) }) else {
            throw ToolError("unsupported URL scheme.")
        }
        rest = rest.dropFirst(scheme.count)
        port = standardPort
        if scheme.hasPrefix("ws") { usesWebSocket = true }
        if scheme.hasSuffix("s://") && scheme != "ws://" { security.isNamedByURL = true }
        guard let slash = rest.firstIndex(of: "/") else {
            throw ToolError("Invalid URL for -L argument specified - topic missing.")
        }
        let topic = String(rest[rest.index(after: slash)...])
        var authority = rest[..<slash]
        if let at = authority.lastIndex(of: "@") {
            let credentials = authority[..<at]
            authority = authority[authority.index(after: at)...]
            if let colon = credentials.firstIndex(of: ":") {
                userName = String(credentials[..<colon])
                password = String(credentials[credentials.index(after: colon)...])
            } else {
                userName = String(credentials)
            }
        }
        var hostText = authority
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            hostText = authority[authority.index(after: authority.startIndex)..<end]
            authority = authority[authority.index(after: end)...]
        } else if let colon = authority.lastIndex(of: ":") {
            hostText = authority[..<colon]
            authority = authority[colon...]
        } else {
            authority = ""
        }
        guard !hostText.isEmpty else {
            throw ToolError("Invalid URL for -L argument specified - host missing.")
        }
        host = String(hostText)
        if authority.hasPrefix(":") {
            guard let number = Self.integer(String(authority.dropFirst())), (1...65_535).contains(number)
            else { throw ToolError("Invalid URL for -L argument specified - port invalid.") }
            port = number
        }
        try add(topic: topic)
    }
}

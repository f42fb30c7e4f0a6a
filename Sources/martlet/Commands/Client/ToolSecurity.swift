import MQTTClient

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the command line says about TLS and proxies.
struct ToolSecurity {
    var authoritiesFile: String?
    var authoritiesDirectory: String?
    var usesSystemAuthorities = false
    var certificate: String?
    var key: String?
    var keyForm: String?
    var version: String?
    var applicationProtocol: String?
    var ciphers: String?
    var isInsecure = false
    var preSharedKey: String?
    var preSharedKeyIdentity: String?
    var proxy: Proxy?
    /// The URL says so.
    var isNamedByURL = false

    /// Whether any of the options that turn TLS on is there. Port 8883 does it too.
    var isWanted: Bool {
        isNamedByURL || authoritiesFile != nil || authoritiesDirectory != nil || usesSystemAuthorities
            || preSharedKey != nil
    }

    static let options: [String: String] = [
        "--cafile": "file", "--capath": "directory", "--cert": "file", "--key": "file",
        "--keyform": "keyform", "--ciphers": "ciphers", "--tls-version": "version",
        "--tls-alpn": "protocol", "--tls-engine": "engine_id", "--tls-engine-kpass-sha1": "kpass sha1",
        "--psk": "key", "--psk-identity": "identity", "--proxy": "proxy url",
    ]

    mutating func read(_ name: String, _ value: String) throws(ToolError) -> Bool {
        switch name {
        case "--cafile": authoritiesFile = value
        case "--capath": authoritiesDirectory = value
        case "--cert": certificate = value
        case "--key": key = value
        case "--keyform": keyForm = value
        case "--ciphers": ciphers = value
        case "--tls-version": version = value
        case "--tls-alpn": applicationProtocol = value
        case "--tls-engine", "--tls-engine-kpass-sha1":
            throw ToolError("\(name): there are no engines; keys are in files.", isUsage: false)
        case "--psk": preSharedKey = value
        case "--psk-identity": preSharedKeyIdentity = value
        case "--proxy": proxy = try Self.proxy(value)
        default: return false
        }
        return true
    }

    /// Reads `socks5h://HOST[:PORT]`, and beyond Mosquitto's tools `http://HOST[:PORT]`.
    private static func proxy(_ text: String) throws(ToolError) -> Proxy {
        let isHTTP = text.hasPrefix("http://")
        guard isHTTP || text.hasPrefix("socks5h://") else {
            throw ToolError("Unsupported proxy protocol: \(text)")
        }
        let authority = text.dropFirst(isHTTP ? 7 : 10)
        guard !authority.contains("@") else {
            throw ToolError("proxies with a password are not supported.", isUsage: false)
        }
        var host = authority
        var port: Int?
        let colon = authority.lastIndex(of: ":")
        if let colon, !authority.hasSuffix("]") {
            host = authority[..<colon]
            let digits = String(authority[authority.index(after: colon)...])
            guard let number = ToolOptions.integer(digits), (1...65_535).contains(number) else {
                throw ToolError("Invalid proxy port \(ToolOptions.integer(digits) ?? 0)")
            }
            port = number
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { throw ToolError("Invalid proxy.") }
        return isHTTP
            ? .http(host: String(host), port: port ?? 3128) : .socks5(host: String(host), port: port ?? 1080)
    }

    /// What the options mean together.
    func check() throws(ToolError) {
        guard (certificate == nil) == (key == nil) else {
            throw ToolError("Both certfile and keyfile must be provided if one of them is set.")
        }
        if let keyForm {
            guard key != nil else { throw ToolError("If keyform is set, keyfile must be also specified.") }
            guard keyForm == "pem" else {
                throw ToolError("--keyform: there are no engines; keys are in files.", isUsage: false)
            }
        }
        guard preSharedKey == nil || (authoritiesFile == nil && authoritiesDirectory == nil) else {
            throw ToolError("Only one of --psk or --cafile/--capath may be used at once.")
        }
        guard preSharedKey == nil || preSharedKeyIdentity != nil else {
            throw ToolError("--psk-identity required if --psk used.")
        }
        if let authoritiesFile, unsafe access(authoritiesFile, R_OK) != 0 {
            throw ToolError("Problem setting TLS options: File not found.", isUsage: false)
        }
        guard version == nil || minimumVersion != nil else {
            throw ToolError("Problem setting TLS options, check the options are valid.", isUsage: false)
        }
        guard preSharedKey == nil || preSharedKeyBytes != nil else {
            throw ToolError("Problem setting TLS-PSK options.", isUsage: false)
        }
    }

    private var minimumVersion: TransportSecurity.Version? {
        switch version {
        case nil, "tlsv1.2": .v1_2
        case "tlsv1.1": .v1_1
        case "tlsv1.3": .v1_3
        default: nil
        }
    }

    private var preSharedKeyBytes: [UInt8]? {
        guard let digits = preSharedKey.map({ Array($0.utf8) }), !digits.isEmpty else { return nil }
        let even = digits.count.isMultiple(of: 2) ? digits : [UInt8(ascii: "0")] + digits
        return Self.bytes(even)
    }

    private static func bytes(_ digits: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// - Parameter passphrase: asked when the key is encrypted.
    func transportSecurity(passphrase: (String) -> String?) -> TransportSecurity {
        var security = TransportSecurity.tls()
        if let authoritiesFile {
            security.authorities = .pem(authoritiesFile)
        } else if let authoritiesDirectory {
            security.authorities = .directory(authoritiesDirectory)
        }
        if let certificate, let key {
            security.identity = .pem(certificate: certificate, privateKey: key, passphrase: passphrase(key))
        }
        if isInsecure { security.verification = .withoutName }
        if let minimumVersion { security.minimumVersion = minimumVersion }
        if let applicationProtocol { security.applicationProtocols = [applicationProtocol] }
        security.cipherSuites = ciphers
        if let preSharedKeyBytes, let preSharedKeyIdentity {
            security.preSharedKey = .init(identity: preSharedKeyIdentity, key: preSharedKeyBytes)
        }
        return security
    }
}

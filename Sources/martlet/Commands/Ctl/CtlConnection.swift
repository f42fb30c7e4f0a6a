import ArgumentParser
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Asks the administration API of a broker.
struct CtlConnection {
    private let url: String
    private let token: String?
    private let authorities: String?
    /// So that a list of a million entries comes in pages, and none of them is too long.
    private static let longestAnswer = 64 << 20

    init(_ options: CtlOptions) throws {
        let environment = ProcessInfo.processInfo.environment
        let defaults = DefaultsFile.arguments(named: "ctl")
        func named(_ name: String) -> String? {
            defaults.firstIndex(of: name).flatMap { $0 + 1 < defaults.count ? defaults[$0 + 1] : nil }
        }
        let standard = "http://127.0.0.1:\(AdminAddress.defaultPort)"
        let given = options.url ?? environment["MARTLET_CTL_URL"] ?? named("url") ?? standard
        url = given.hasSuffix("/") ? String(given.dropLast()) : given
        guard let parts = URL(string: url), ["http", "https"].contains(parts.scheme?.lowercased()),
            parts.host?.isEmpty == false
        else {
            StandardError.write(
                line: "error: \"\(given)\" is no URL of an administration listener, such as \(standard)")
            throw ExitStatus.usage.exitCode
        }
        authorities = options.cafile ?? named("cafile")
        if let file = options.tokenFile {
            let text = try Report.orExit(.configuration) { try String(contentsOfFile: file, encoding: .utf8) }
            token = text.split(whereSeparator: \.isWhitespace).first.map(String.init)
        } else {
            token = environment["MARTLET_CTL_TOKEN"] ?? named("token")
        }
    }

    /// Sends a request and gives the body of the answer.
    ///
    /// - Parameter code: a status that is no success, whose answer the caller reads itself.
    /// - Throws: the exit code, after the reason is told.
    @discardableResult
    func call(
        _ method: HTTPMethod, _ path: String, body: String? = nil, alsoTaking code: UInt? = nil
    ) async throws -> [UInt8] {
        try await open { client in
            let answer = try await send(client, method, path, body)
            let bytes = try await answer.body.collect(upTo: Self.longestAnswer)
            if answer.status.code != code { try check(answer, Array(bytes.readableBytesView)) }
            return Array(bytes.readableBytesView)
        }
    }

    /// Sends a request and gives each line of the answer as it comes.
    func follow(_ path: String, _ line: (String) -> Void) async throws {
        try await open { client in
            let answer = try await send(client, .GET, path, nil)
            guard answer.status == .ok else {
                return try check(
                    answer, Array(try await answer.body.collect(upTo: 1 << 16).readableBytesView))
            }
            var rest: [UInt8] = []
            for try await part in answer.body {
                rest += Array(part.readableBytesView)
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    line(String(decoding: rest[..<end], as: UTF8.self))
                    rest.removeFirst(end + 1)
                }
            }
        }
    }

    /// Sends a request and saves the body of the answer in a new file. Returns its size in bytes.
    ///
    /// - Throws: the exit code, after the reason is told.
    func download(_ method: HTTPMethod, _ path: String, to file: String) async throws -> Int {
        try await open { client in
            let saved = try Report.orExit(.cannotCreate) { () throws(ConfigurationProblem) in
                try SavedFile(file)
            }
            let answer = try await send(client, method, path, nil)
            guard answer.status == .ok else {
                try check(answer, Array(try await answer.body.collect(upTo: 1 << 16).readableBytesView))
                throw ExitCode.failure
            }
            var size = 0
            for try await part in answer.body {
                size += part.readableBytes
                try Report.orExit(.cannotCreate) { () throws(ConfigurationProblem) in
                    try saved.append(Array(part.readableBytesView))
                }
            }
            try Report.orExit(.cannotCreate) { () throws(ConfigurationProblem) in try saved.finish() }
            return size
        }
    }

    /// - Throws: the exit code, unless the broker is ready.
    func checkHealth() async throws {
        try await open { client in
            let answer = try await send(client, .GET, "/health/ready", nil, below: "")
            try check(answer, Array("{\"error\":\"the broker is not ready\"}".utf8))
        }
    }

    private func send(
        _ client: HTTPClient, _ method: HTTPMethod, _ path: String, _ body: String?,
        below base: String = "/api/v1"
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url + base + path)
        request.method = method
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        do {
            return try await client.execute(request, deadline: .distantFuture)
        } catch {
            StandardError.write(line: "error: \(url) cannot be reached: \(CtlFailure.text(error))")
            throw ExitStatus.unavailable.exitCode
        }
    }

    private func check(_ answer: HTTPClientResponse, _ body: [UInt8]) throws {
        guard answer.status.code >= 300 else { return }
        let reason = JSONReader.read(body)?["error"]?.text ?? answer.status.reasonPhrase
        StandardError.write(line: "error: \(reason)")
        throw ExitCode.failure
    }

    private func open<Value>(_ body: (HTTPClient) async throws -> Value) async throws -> Value {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(10)
        // Whoever asks wants to know at once that nothing listens there.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let authorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(authorities)
            configuration.tlsConfiguration = tls
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let value = try await body(client)
            try await client.shutdown()
            return value
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    /// A part of a path or a query.
    static func encoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }

    /// `path?name=value&…` of those that have a value.
    static func path(_ path: String, _ query: [(String, String?)]) -> String {
        let given = query.compactMap { name, value in value.map { "\(name)=\(encoded($0))" } }
        return given.isEmpty ? path : path + "?" + given.joined(separator: "&")
    }
}

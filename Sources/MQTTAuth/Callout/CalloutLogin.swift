import AsyncHTTPClient
import MQTTCodec
import MQTTEngine
import NIOCore
import NIOHTTP1
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Asks a web service about logins: POST with ``CalloutQuestion``, answered by ``CalloutAnswer``.
///
/// Whatever goes wrong, the client is not let in: 0x88 Server unavailable, and it may come again.
public final class CalloutLogin: LoginMethod {
    public let name = "http"
    private let settings: CalloutSettings
    private let client: HTTPClient
    private let cache: Mutex<CalloutCache>
    private let asking = Atomic(0)
    private let now: @Sendable () -> Int64
    private let trouble: @Sendable (String) -> Void

    /// The longest answer, in bytes.
    private static let maximumAnswer = 1 << 20

    /// - Parameters:
    ///   - now: milliseconds of a clock that never goes back.
    ///   - trouble: is told why the service could not be asked; nothing secret is part of it.
    public init(
        _ settings: CalloutSettings,
        now: @escaping @Sendable () -> Int64 = {
            Int64(clamping: NIODeadline.now().uptimeNanoseconds / 1_000_000)
        },
        trouble: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.settings = settings
        self.now = now
        self.trouble = trouble
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.concurrency
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(configuration: configuration)
        cache = Mutex(CalloutCache(capacity: settings.cacheSize, time: settings.cacheTime * 1000))
    }

    deinit { client.shutdown { _ in } }

    /// Forgets what is remembered: the next login of everybody is asked about.
    public func forget() { cache.withLock { $0.removeAll() } }

    public func knows(_ request: AuthenticationRequest) -> KnownLogin {
        isMeant(request) ? .unknown : .foreign
    }

    private func isMeant(_ request: AuthenticationRequest) -> Bool {
        request.method == nil && (request.userName != nil || request.password != nil)
    }

    public func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome? {
        guard isMeant(request) else { return nil }
        let (place, known) = cache.withLock { cache in
            let place = cache.place(of: request)
            return (place, cache.find(place, now: now()))
        }
        if let (answer, age) = known { return outcome(answer, age: age) }
        let old = asking.add(1, ordering: .relaxed).oldValue
        defer { asking.subtract(1, ordering: .relaxed) }
        guard old < settings.concurrency else {
            return .refused(.serverBusy, reasonString: "too many clients are logging in; try again later")
        }
        guard let answer = await ask(request) else {
            return .refused(.serverUnavailable, reasonString: "logins cannot be checked now; try again later")
        }
        if answer.result == .allow { cache.withLock { $0.insert(place, answer, now: now()) } }
        return outcome(answer, age: 0)
    }

    private func outcome(_ answer: CalloutAnswer, age: Double) -> AuthenticationOutcome? {
        switch answer.result {
        case .ignore: return nil
        case .deny(let reason):
            guard let reason else { return .wrongPassword }
            return .refused(.badUserNameOrPassword, reasonString: String(reason.prefix(256)))
        case .allow:
            let credentials = Credentials(
                method: name, roles: answer.access.roles, grants: answer.access.grants)
            return .accepted(
                userName: answer.userName, credentials: credentials,
                validity: answer.expiresIn.map { .seconds($0 - age) })
        }
    }

    /// nil: there is no answer.
    private func ask(_ request: AuthenticationRequest) async -> CalloutAnswer? {
        do {
            var post = HTTPClientRequest(url: settings.url)
            post.method = .POST
            post.headers.add(name: "Content-Type", value: "application/json")
            post.headers.add(name: "Accept", value: "application/json")
            post.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(CalloutQuestion(request))))
            let response = try await client.execute(post, timeout: .milliseconds(settings.timeout))
            guard response.status == .ok else {
                trouble("the service answered with status \(response.status.code)")
                return nil
            }
            let body = try await response.body.collect(upTo: Self.maximumAnswer)
            guard let answer = CalloutAnswer(Array(body.readableBytesView)) else {
                trouble("the service's answer is not understood")
                return nil
            }
            return answer
        } catch {
            // The client may have gone meanwhile, which is no trouble.
            if !Task.isCancelled { trouble("the service cannot be asked: \(error)") }
            return nil
        }
    }
}

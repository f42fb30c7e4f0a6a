import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import MQTTBroker
import MQTTTLS
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The administration listener: metrics, health, the API and the dashboard, on an event loop of its own, away
/// from those that clients are served by.
public struct AdminServer: Service {
    private let configuration: AdminConfiguration
    private let management: Management
    private let tokens: AdminTokenFile?
    private let audit: (any AuditLog)?
    private let logger: Logger
    private let started: @Sendable (String) -> Void

    /// - Parameters:
    ///   - tokens: who may use the API; without it nobody.
    ///   - audit: is told of every change that is made or refused, of who sees messages, and of wrong tokens.
    ///   - started: is called with the URL of the listener, the real port in it.
    public init(
        _ configuration: AdminConfiguration, _ management: Management, tokens: AdminTokenFile?,
        audit: (any AuditLog)? = nil, logger: Logger,
        started: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.management = management
        self.tokens = tokens
        self.audit = audit
        self.logger = logger
        self.started = started
    }

    /// Listens until the task is cancelled or shut down gracefully.
    ///
    /// - Throws: what binding throws.
    public func run() async throws {
        try await service(Self.group).run()
    }

    /// One for all servers of the process, and it never ends: Hummingbird speaks to it even after its server has
    /// returned.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Hummingbird's server without its `Application`, which wakes up every second to know the date.
    private func service(_ group: MultiThreadedEventLoopGroup) throws -> any Service {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        let responder = router().buildResponder()
        return try builder.buildServer(
            configuration: ServerConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(AdminConfiguration.connections)),
            eventLoopGroup: group, logger: quiet
        ) { [quiet] request, writer, channel in
            let context = AdminContext(
                source: ApplicationRequestContextSource(channel: channel, logger: quiet))
            let response =
                (try? await responder.respond(to: request, context: context))
                ?? Response(status: .internalServerError)
            try await writer.write(response: response.head, body: response.body)
        } onServerRunning: { [configuration, started] channel in
            let port = channel.localAddress?.port ?? configuration.port
            let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
            started("\(configuration.tls == nil ? "http" : "https")://\(host):\(port)")
        }
    }

    private var builder: HTTPServerBuilder {
        let http = HTTP1Channel.Configuration(
            idleTimeout: .seconds(Int64(AdminConfiguration.idleSeconds)))
        guard let tls = configuration.tls else { return .http1(configuration: http) }
        return HTTPServerBuilder { responder in
            SecureChannel(base: HTTP1Channel(responder: responder, configuration: http), tls: tls)
        }
    }

    func router() -> Router<AdminContext> {
        let router = Router(context: AdminContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: AnswerHeaders())
        let guardian = AdminGuard(tokens: tokens, audit: audit)
        addHealth(to: router)
        DashboardFiles.add(to: router)
        router.get("/metrics") { [management, configuration] request, context in
            if configuration.asksForTokenEverywhere,
                let refusal = guardian.refusal(of: request, context, "metrics")
            {
                return refusal
            }
            let format = MetricsText.Format(accept: request.headers[.accept])
            return .text(MetricsText.text(of: try await management.metrics(), format), format.mediaType)
        }
        for endpoint in Endpoints.all(management) {
            let path = endpoint.path.replacing("{", with: ":").replacing("}", with: "")
            router.on(RouterPath("/api/v1" + path), method: endpoint.method) { request, context in
                await guardian.respond(to: request, context, endpoint)
            }
        }
        return router
    }

    private func addHealth(to router: Router<AdminContext>) {
        router.get("/health/live") { _, _ in Response.text("alive\n", "text/plain; charset=utf-8") }
        router.get("/health/ready") { [management] _, _ in
            let isRunning = (try? await management.broker.status()) != nil
            guard isRunning && management.control.isReady() else {
                var response = Response.text("not ready\n", "text/plain; charset=utf-8")
                response.status = .serviceUnavailable
                return response
            }
            return Response.text("ready\n", "text/plain; charset=utf-8")
        }
    }
}

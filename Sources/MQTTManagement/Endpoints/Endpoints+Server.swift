import Hummingbird

extension Endpoints {
    static func server(_ management: Management) -> [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/version", name: "version", tag: "server", role: .read,
                summary: "The program.", answer: VersionValue.self
            ) { _ in
                try .json(
                    VersionValue(
                        version: management.version, swift: Management.swiftVersion,
                        system: Management.system))
            },
            Endpoint(
                method: .get, path: "/overview", name: "overview", tag: "server", role: .read,
                summary: "The broker at a glance.", answer: Overview.self
            ) { _ in try .json(try await management.overview()) },
            Endpoint(
                method: .get, path: "/listeners", name: "listeners", tag: "server", role: .read,
                summary: "Where the broker listens.", answer: ListenerList.self
            ) { _ in
                let listeners = try await management.broker.listeners()
                return try .json(
                    ListenerList(
                        items: listeners.map {
                            ListenerValue(url: $0.url.description, secure: $0.url.isSecure)
                        }))
            },
            Endpoint(
                method: .get, path: "/certificates", name: "certificates", tag: "server", role: .read,
                summary: "The certificates that listeners show, and how long they are valid.",
                answer: CertificateList.self
            ) { _ in try .json(CertificateList(items: try await management.control.certificates())) },
            Endpoint(
                method: .post, path: "/backup", name: "backup", tag: "server", role: .admin,
                summary:
                    "A copy of all that is stored, as one SQLite file; clients do not have to wait for it.",
                mediaType: "application/vnd.sqlite3"
            ) { request in
                guard let backup = management.control.backup else {
                    throw AdminError.unavailable("this broker stores nothing")
                }
                let file = try await backup()
                let body = try await FileIO().loadFile(path: file.path, context: request.context)
                return Response(
                    status: .ok,
                    headers: [.contentType: "application/vnd.sqlite3", .cacheControl: "no-store"],
                    body: ResponseBody { writer in
                        // Until the last byte is out the file has to be there.
                        try await body.write(writer)
                        withExtendedLifetime(file) {}
                    })
            },
            Endpoint(
                method: .get, path: "/openapi.json", name: "openAPI", tag: "server", role: .read,
                summary: "This document.", mediaType: "application/json"
            ) { _ in
                .text(OpenAPI.document(Endpoints.all(management), management.version), "application/json")
            },
        ]
    }
}

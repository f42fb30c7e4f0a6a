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
            ) { _ in try .json(ListenerList(items: await management.control.listeners())) },
            Endpoint(
                method: .get, path: "/certificates", name: "certificates", tag: "server", role: .read,
                summary: "The certificates that listeners show, and how long they are valid.",
                answer: CertificateList.self
            ) { _ in try .json(CertificateList(items: try await management.control.certificates())) },
            Endpoint(
                method: .get, path: "/openapi.json", name: "openAPI", tag: "server", role: .read,
                summary: "This document.", mediaType: "application/json"
            ) { _ in
                .text(OpenAPI.document(Endpoints.all(management), management.version), "application/json")
            },
        ]
    }
}

import HTTPTypes
import Hummingbird
import NIOCore

/// The files of the dashboard, which are part of the program: there is nothing to install, and nothing is
/// fetched from elsewhere. They hold no data, and so take no token.
enum DashboardFiles {
    private static let files: [(path: String, mediaType: String, content: [UInt8])] = [
        ("", "text/html; charset=utf-8", PackageResources.index_html),
        ("dashboard.css", "text/css; charset=utf-8", PackageResources.dashboard_css),
        ("dashboard.js", javaScript, PackageResources.dashboard_js),
        ("api.js", javaScript, PackageResources.api_js),
        ("page.js", javaScript, PackageResources.page_js),
        ("chart.js", javaScript, PackageResources.chart_js),
        ("mqtt.js", javaScript, PackageResources.mqtt_js),
        ("overview.js", javaScript, PackageResources.overview_js),
        ("clients.js", javaScript, PackageResources.clients_js),
        ("topics.js", javaScript, PackageResources.topics_js),
        ("console.js", javaScript, PackageResources.console_js),
        ("server.js", javaScript, PackageResources.server_js),
    ]

    private static let javaScript = "text/javascript; charset=utf-8"

    static func add(to router: Router<AdminContext>) {
        for file in files {
            let content = ByteBuffer(bytes: file.content)
            router.get(RouterPath("/" + file.path)) { _, _ in
                Response(
                    status: .ok,
                    // A newer program has newer files under the same names.
                    headers: [.contentType: file.mediaType, .cacheControl: "no-cache"],
                    body: .init(byteBuffer: content))
            }
        }
    }
}

import Foundation
import MQTTBroker
import NIOSSL

/// A certificate for localhost that is its own authority, valid for a hundred years and for tests only.
enum TestCertificate {
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBoTCCAUegAwIBAgIUMaEYNihvK8YdFm29xaOnN3NP3KUwCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMbWFydGxldCB0ZXN0MCAXDTI2MTEyMjE4NTQzOVoYDzIxMjYx
        MDI5MTg1NDM5WjAXMRUwEwYDVQQDDAxtYXJ0bGV0IHRlc3QwWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAROEatdueq7TTGXZrpepP7rTyPQ6H9/9CkEND+8kIK6xy8w
        iPcRPPXc7zD6sEpSJzOWquiwVy/h4pZa4aTr+u3ro28wbTAdBgNVHQ4EFgQUw8/U
        oMQMLxAUIuQVnLRgIKGuWWkwHwYDVR0jBBgwFoAUw8/UoMQMLxAUIuQVnLRgIKGu
        WWkwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEw
        CgYIKoZIzj0EAwIDSAAwRQIgI+F0qpADRG4ZmaWBjMbkYVN/na9Sen/xe/o6xHEo
        4PYCIQDhgcoR7vopF0UBGEkRDtZfe303bTtYKHlX8Ve554NE5A==
        -----END CERTIFICATE-----
        """

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg41Hf+2hlBtChZHcH
        A30eNg4LwSeOPv8Lz3PNZKf/v6uhRANCAAROEatdueq7TTGXZrpepP7rTyPQ6H9/
        9CkEND+8kIK6xy8wiPcRPPXc7zD6sEpSJzOWquiwVy/h4pZa4aTr+u3r
        -----END PRIVATE KEY-----
        """

    /// What listeners with TLS use.
    static let server: TLSServer? = {
        let directory = FileManager.default.temporaryDirectory.appending(path: "martlet-test-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        try? FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let files = [("certificate.pem", certificate), ("key.pem", key)].map { name, text in
            let file = directory.appending(path: name)
            try? text.write(to: file, atomically: true, encoding: .utf8)
            return file.path
        }
        return try? TLSServer(TLSSettings(certificate: files[0], privateKey: files[1]))
    }()

    /// What clients use, who trust nothing else.
    static func client() throws -> NIOSSLClientHandler {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)))
        return try NIOSSLClientHandler(
            context: NIOSSLContext(configuration: configuration), serverHostname: "localhost")
    }
}

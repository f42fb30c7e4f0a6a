import MQTTManagement
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension CertificateValue {
    /// The certificates of a file in PEM, that of the listener first.
    static func all(in path: String) throws -> [CertificateValue] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try PEMDocument.parseMultiple(pemString: text)
            .filter { $0.discriminator == Certificate.defaultPEMDiscriminator }
            .map { Self(try Certificate(pemDocument: $0), path) }
    }

    private init(_ certificate: Certificate, _ path: String) {
        let names = (try? certificate.extensions.subjectAlternativeNames).flatMap { $0 } ?? .init()
        self.init(
            file: path, subject: "\(certificate.subject)", issuer: "\(certificate.issuer)",
            names: names.compactMap { name in
                if case .dnsName(let text) = name { text } else { nil }
            },
            notBefore: Int64(certificate.notValidBefore.timeIntervalSince1970),
            notAfter: Int64(certificate.notValidAfter.timeIntervalSince1970),
            daysLeft: Int(certificate.notValidAfter.timeIntervalSinceNow / 86_400))
    }
}

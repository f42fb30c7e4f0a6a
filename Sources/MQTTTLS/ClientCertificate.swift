import SwiftASN1
import X509

/// Who a client is by the certificate that it showed and that was verified.
enum ClientCertificate {
    /// Its certificate names nobody that a user could be called.
    struct Nameless: Error, CustomStringConvertible {
        var kind: String

        var description: String { "the client's certificate does not have exactly one \(kind)" }
    }

    static func name(in certificate: Certificate, _ source: TLSSettings.UserName) throws(Nameless) -> String {
        let names = names(in: certificate, source)
        // Two would leave it open which one an authority has looked at.
        guard names.count == 1, let name = names.first, !name.isEmpty, name.utf8.count <= 65_535,
            name.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 })
        else { throw Nameless(kind: source.explanation) }
        return name
    }

    private static func names(in certificate: Certificate, _ source: TLSSettings.UserName) -> [String] {
        if source == .commonName {
            return certificate.subject.flatMap { relative in
                relative.filter { $0.type == .RDNAttributeType.commonName }.map { "\($0.value)" }
            }
        }
        guard let alternatives = try? certificate.extensions.subjectAlternativeNames else { return [] }
        return alternatives.compactMap { alternative in
            switch (alternative, source) {
            case (.dnsName(let name), .dns), (.rfc822Name(let name), .email),
                (.uniformResourceIdentifier(let name), .uri):
                name
            default: nil
            }
        }
    }
}

extension TLSSettings.UserName {
    fileprivate var explanation: String {
        switch self {
        case .commonName: "common name"
        case .dns: "DNS name as subject alternative name"
        case .email: "email address as subject alternative name"
        case .uri: "URI as subject alternative name"
        }
    }
}

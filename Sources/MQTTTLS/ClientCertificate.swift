import NIOCore
import NIOSSL
import SwiftASN1
import X509

/// Who a client is by the certificate that it showed and that was verified.
package enum ClientCertificate {
    /// Its certificate names nobody that a user could be called.
    package struct Nameless: Error, CustomStringConvertible {
        package var description: String { "the client's certificate does not have exactly one common name" }
    }

    /// The common name; nil: the client showed no certificate.
    ///
    /// - Throws: ``Nameless``.
    package static func name(on channel: any Channel) throws -> String? {
        guard let shown = try channel.pipeline.syncOperations.nioSSL_peerCertificate() else { return nil }
        guard let certificate = try? Certificate(derEncoded: shown.toDERBytes()) else { throw Nameless() }
        return try name(of: certificate.subject)
    }

    static func name(of subject: DistinguishedName) throws(Nameless) -> String {
        var names: [String] = []
        for relative in subject {
            for attribute in relative where attribute.type == .RDNAttributeType.commonName {
                names.append("\(attribute.value)")
            }
        }
        // Two would leave it open which one an authority has looked at.
        guard names.count == 1, let name = names.first, !name.isEmpty, name.utf8.count <= 65_535,
            name.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 })
        else { throw Nameless() }
        return name
    }
}

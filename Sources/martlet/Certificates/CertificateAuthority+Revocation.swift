import MQTTTLS
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension CertificateAuthority {
    /// A list of the certificates that are not valid any more (RFC 5280, section 5), in PEM.
    ///
    /// - Parameter revoked: when each was taken back, in seconds since 1970.
    func revocationList(_ revoked: [Certificate.SerialNumber: Int64]) throws -> String {
        var content = DER.Serializer()
        try content.appendConstructedNode(identifier: .sequence) { content in
            // Version 2.
            try content.serialize(1)
            try Self.algorithm(&content)
            try content.serialize(certificate.subject)
            try Self.time(Int64(Date().timeIntervalSince1970), &content)
            // A list is read when it changes, so it need not be made anew before its authority ends.
            try Self.time(Int64(certificate.notValidAfter.timeIntervalSince1970), &content)
            if !revoked.isEmpty {
                try content.appendConstructedNode(identifier: .sequence) { entries in
                    for (number, date) in revoked.sorted(by: {
                        ($0.value, "\($0.key)") < ($1.value, "\($1.key)")
                    }) {
                        try entries.appendConstructedNode(identifier: .sequence) { entry in
                            try entry.serialize(number.bytes)
                            try Self.time(date, &entry)
                        }
                    }
                }
            }
        }
        let signed = content.serializedBytes
        let signature = try sign(signed)
        var list = DER.Serializer()
        try list.appendConstructedNode(identifier: .sequence) { list in
            list.serializeRawBytes(signed)
            try Self.algorithm(&list)
            try list.serialize(ASN1BitString(bytes: signature[...]))
        }
        return PEMDocument(type: "X509 CRL", derBytes: list.serializedBytes).pemString + "\n"
    }

    /// ecdsa-with-SHA256.
    private static func algorithm(_ serializer: inout DER.Serializer) throws {
        try serializer.appendConstructedNode(identifier: .sequence) { serializer in
            try serializer.serialize([1, 2, 840, 10_045, 4, 3, 2] as ASN1ObjectIdentifier)
        }
    }

    private static func time(_ seconds: Int64, _ serializer: inout DER.Serializer) throws {
        let (year, month, day, hours, minutes, seconds) = RevocationList.date(seconds)
        // UTCTime ends with 2049.
        if year < 2050 {
            try serializer.serialize(
                UTCTime(year: year, month: month, day: day, hours: hours, minutes: minutes, seconds: seconds))
        } else {
            try serializer.serialize(
                GeneralizedTime(
                    year: year, month: month, day: day, hours: hours, minutes: minutes, seconds: seconds,
                    fractionalSeconds: 0))
        }
    }
}

import SwiftASN1
import X509

/// A list of certificates that an authority has taken back: RFC 5280, section 5.
package struct RevocationList: Sendable {
    package enum Problem: Error, Equatable {
        case malformed
        /// A part of a list, or one that speaks for other authorities.
        case unsupported(String)
        case unknownAuthority
        case badSignature
    }

    let issuer: DistinguishedName
    /// When each was taken back, in seconds since 1970.
    package let revoked: [Certificate.SerialNumber: Int64]
    /// Seconds since 1970 by which there is a newer list; nil: that is not known.
    let nextUpdate: Int64?
    private let signed: ArraySlice<UInt8>
    private let signature: ASN1BitString
    private let algorithm: ASN1ObjectIdentifier

    /// - Throws: ``Problem`` if it is no list that can be used.
    package init(derEncoded bytes: [UInt8]) throws(Problem) {
        do {
            self = try DER.sequence(try DER.parse(bytes), identifier: .sequence) { parts in
                guard let content = parts.next() else { throw Problem.malformed }
                let algorithm = try Self.algorithm(&parts)
                return try Self(content, algorithm, try ASN1BitString(derEncoded: &parts))
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw .malformed
        }
    }

    private init(_ content: ASN1Node, _ algorithm: ASN1ObjectIdentifier, _ signature: ASN1BitString) throws {
        self.signature = signature
        self.algorithm = algorithm
        signed = content.encodedBytes
        (issuer, nextUpdate, revoked) = try DER.sequence(content, identifier: .sequence) { parts in
            if let version = try DER.optionalInteger(&parts), version != 1 { throw Problem.malformed }
            guard try Self.algorithm(&parts) == algorithm else { throw Problem.malformed }
            guard let name = parts.next() else { throw Problem.malformed }
            let issuer = try DistinguishedName(derEncoded: name)
            guard let thisUpdate = parts.next() else { throw Problem.malformed }
            _ = try Self.seconds(thisUpdate)
            var next = parts.next()
            var nextUpdate: Int64?
            if let node = next,
                [UTCTime.defaultIdentifier, GeneralizedTime.defaultIdentifier].contains(node.identifier)
            {
                nextUpdate = try Self.seconds(node)
                next = parts.next()
            }
            var revoked: [Certificate.SerialNumber: Int64] = [:]
            if let node = next, node.identifier == .sequence {
                revoked = try Self.serialNumbers(node)
                next = parts.next()
            }
            if let node = next {
                try Self.checkExtensions(node)
                guard parts.next() == nil else { throw Problem.malformed }
            }
            return (issuer, nextUpdate, revoked)
        }
    }

    // MARK: Parts

    private static func algorithm(_ parts: inout ASN1NodeCollection.Iterator) throws -> ASN1ObjectIdentifier {
        guard let node = parts.next() else { throw Problem.malformed }
        return try DER.sequence(node, identifier: .sequence) { parts in
            let algorithm = try ASN1ObjectIdentifier(derEncoded: &parts)
            // Its parameters are none for all that can be verified.
            _ = parts.next()
            return algorithm
        }
    }

    private static func serialNumbers(_ node: ASN1Node) throws -> [Certificate.SerialNumber: Int64] {
        var numbers: [Certificate.SerialNumber: Int64] = [:]
        guard case .constructed(let entries) = node.content else { throw Problem.malformed }
        for entry in entries {
            let (number, time) = try DER.sequence(entry, identifier: .sequence) { parts in
                let number = try ArraySlice<UInt8>(derEncoded: &parts)
                guard let date = parts.next() else { throw Problem.malformed }
                let time = try seconds(date)
                if let extensions = parts.next() { try checkCritical(extensions) }
                return (Certificate.SerialNumber(bytes: number), time)
            }
            numbers[number] = time
        }
        return numbers
    }

    private static func checkExtensions(_ node: ASN1Node) throws {
        guard node.identifier == ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific),
            case .constructed(let content) = node.content, let list = Array(content).first
        else { throw Problem.malformed }
        try checkCritical(list)
    }

    /// What is critical changes what the list means: parts of lists, and lists about other authorities.
    private static func checkCritical(_ list: ASN1Node) throws {
        guard list.identifier == .sequence, case .constructed(let extensions) = list.content else {
            throw Problem.malformed
        }
        for node in extensions {
            let found = try Certificate.Extension(derEncoded: node)
            if found.critical { throw Problem.unsupported("\(found.oid)") }
        }
    }

    private static func seconds(_ node: ASN1Node) throws -> Int64 {
        if node.identifier == UTCTime.defaultIdentifier {
            let time = try UTCTime(derEncoded: node)
            return seconds(time.year, time.month, time.day, time.hours, time.minutes, time.seconds)
        }
        let time = try GeneralizedTime(derEncoded: node)
        return seconds(time.year, time.month, time.day, time.hours, time.minutes, time.seconds)
    }

    /// Since 1970; years counted from March, so that leap days are at their ends.
    private static func seconds(
        _ year: Int, _ month: Int, _ day: Int, _ hours: Int, _ minutes: Int, _ seconds: Int
    ) -> Int64 {
        let year = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let days =
            365 * year + year / 4 - year / 100 + year / 400 + (153 * monthFromMarch + 2) / 5 + day - 1
            - 719_468
        return Int64(days) * 86_400 + Int64(hours * 3600 + minutes * 60 + seconds)
    }

    /// The other way round.
    package static func date(
        _ seconds: Int64
    ) -> (year: Int, month: Int, day: Int, hours: Int, minutes: Int, seconds: Int) {
        let (days, time) = Int(seconds).quotientAndRemainder(dividingBy: 86_400)
        let sinceMarch = days + 719_468
        // 400 years have 146,097 days.
        let (era, day) = sinceMarch.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
            dayOfYear - (153 * monthFromMarch + 2) / 5 + 1, time / 3600, time / 60 % 60, time % 60
        )
    }

    // MARK: Signature

    /// - Throws: ``Problem`` unless one of the authorities has signed it.
    package func verify(_ authorities: [Certificate]) throws(Problem) {
        let issuers = authorities.filter { $0.subject == issuer }
        guard !issuers.isEmpty else { throw .unknownAuthority }
        guard let known = Self.algorithms[algorithm] else { throw .unsupported("\(algorithm)") }
        guard signature.paddingBits == 0 else { throw .malformed }
        let isRight = issuers.contains { authority in
            authority.publicKey.isValidSignature(
                Array(signature.bytes), for: Array(signed), signatureAlgorithm: known)
        }
        guard isRight else { throw .badSignature }
    }

    private static let algorithms: [ASN1ObjectIdentifier: Certificate.SignatureAlgorithm] = [
        [1, 2, 840, 10_045, 4, 3, 2]: .ecdsaWithSHA256, [1, 2, 840, 10_045, 4, 3, 3]: .ecdsaWithSHA384,
        [1, 2, 840, 10_045, 4, 3, 4]: .ecdsaWithSHA512,
        [1, 2, 840, 113_549, 1, 1, 11]: .sha256WithRSAEncryption,
        [1, 2, 840, 113_549, 1, 1, 12]: .sha384WithRSAEncryption,
        [1, 2, 840, 113_549, 1, 1, 13]: .sha512WithRSAEncryption, [1, 3, 101, 112]: .ed25519,
    ]
}

extension RevocationList.Problem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed: "is no certificate revocation list in PEM or DER"
        case .unsupported(let what): "is a revocation list with something that is not understood: \(what)"
        case .unknownAuthority: "is a revocation list of an authority that is not among those for clients"
        case .badSignature: "is a revocation list whose signature is wrong"
        }
    }
}

extension DER {
    /// The next element, if it is an integer.
    fileprivate static func optionalInteger(_ parts: inout ASN1NodeCollection.Iterator) throws -> Int? {
        var copy = parts
        guard let node = copy.next(), node.identifier == .integer else { return nil }
        parts = copy
        return try Int(derEncoded: node)
    }
}

import MQTTTLS
import SwiftASN1
import Testing
import X509

@testable import martlet

/// Lists of certificates that were taken back.
@Suite struct RevocationListTests {
    private let authority: CertificateAuthority

    init() throws { authority = try CertificateAuthority(named: "one") }

    private func bytes(_ revoked: [Certificate.SerialNumber: Int64] = [:]) throws -> [UInt8] {
        try PEMDocument(pemString: authority.revocationList(revoked)).derBytes
    }

    @Test("What is written is read, and its signature is the authority's")
    func roundTrip() throws {
        let revoked: [Certificate.SerialNumber: Int64] = [
            Certificate.SerialNumber(1): 1_000_000_000, Certificate.SerialNumber(): 1_700_000_001,
            Certificate.SerialNumber(bytes: [0, 0x80, 1]): 2_600_000_000,
        ]
        for list in [try RevocationList(derEncoded: bytes(revoked)), try RevocationList(derEncoded: bytes())]
        {
            try list.verify([authority.certificate])
        }
        #expect(try RevocationList(derEncoded: bytes(revoked)).revoked == revoked)
        #expect(try RevocationList(derEncoded: bytes()).revoked.isEmpty)
    }

    @Test("A list that somebody else has signed, or nobody, is refused; so is one for another authority")
    func signatures() throws {
        let list = try RevocationList(derEncoded: bytes())
        let stranger = try CertificateAuthority(named: "two")
        let namesake = try CertificateAuthority(named: "one")
        #expect(throws: RevocationList.Problem.unknownAuthority) { try list.verify([stranger.certificate]) }
        #expect(throws: RevocationList.Problem.badSignature) { try list.verify([namesake.certificate]) }
        #expect(throws: RevocationList.Problem.unknownAuthority) { try list.verify([]) }
        try list.verify([stranger.certificate, namesake.certificate, authority.certificate])
    }

    @Test("No change of any byte gets by")
    func damage() throws {
        let number = Certificate.SerialNumber(77)
        let right = try bytes([number: 1_700_000_000])
        for place in right.indices {
            for change: UInt8 in [1, 0x80, 0xFF] {
                var wrong = right
                wrong[place] ^= change
                #expect(throws: RevocationList.Problem.self, "byte \(place)") {
                    try RevocationList(derEncoded: wrong).verify([authority.certificate])
                }
            }
            #expect(throws: RevocationList.Problem.self) {
                try RevocationList(derEncoded: Array(right[..<place])).verify([authority.certificate])
            }
        }
    }

    @Test("Dates go both ways, leap days and the end of UTCTime among them")
    func dates() {
        let known: [(Int64, String)] = [
            (0, "1970-1-1 0:0:0"), (951_782_400, "2000-2-29 0:0:0"), (1_709_251_199, "2024-2-29 23:59:59"),
            (2_524_607_999, "2049-12-31 23:59:59"), (2_524_608_000, "2050-1-1 0:0:0"),
            (4_107_542_400, "2100-3-1 0:0:0"),
        ]
        for (seconds, text) in known {
            let date = RevocationList.date(seconds)
            #expect(
                "\(date.year)-\(date.month)-\(date.day) \(date.hours):\(date.minutes):\(date.seconds)" == text
            )
        }
    }
}

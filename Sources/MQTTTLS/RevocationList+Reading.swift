import SwiftASN1

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension RevocationList {
    /// What longer files are is not looked at.
    private static let maximumSize = 256 << 20

    /// The lists in a file, PEM or DER, each in DER.
    static func read(_ path: String) throws(TLSProblem) -> [[UInt8]] {
        try TLSFiles.look(at: path)
        guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= maximumSize else {
            throw TLSProblem(path: path, message: "cannot be read")
        }
        do throws(Problem) {
            return try documents(data)
        } catch {
            throw TLSProblem(path: path, message: "\(error)")
        }
    }

    /// - Throws: ``Problem``.
    package init(pemEncoded text: String) throws(Problem) {
        guard let first = try Self.documents(Data(text.utf8)).first else { throw .malformed }
        try self.init(derEncoded: first)
    }

    private static func documents(_ data: Data) throws(Problem) -> [[UInt8]] {
        // DER begins with the tag of a sequence.
        if data.first == 0x30 { return [Array(data)] }
        guard
            let documents = try? PEMDocument.parseMultiple(pemString: String(decoding: data, as: UTF8.self)),
            !documents.isEmpty, documents.allSatisfy({ $0.discriminator == "X509 CRL" })
        else { throw .malformed }
        return documents.map(\.derBytes)
    }
}

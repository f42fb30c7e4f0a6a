#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads an export, line by line.
struct ExportReader {
    private let file: FileBytes

    init(_ path: String) throws { file = try FileBytes(path) }

    /// - Throws: ``StoreError`` that names the line; also if lines are missing at the end.
    func read(into builder: StoreBuilder) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        var hasEnded = false
        while let bytes = try file.line() {
            if bytes.isEmpty { continue }
            do {
                guard !hasEnded else { throw StoreError.refused("something stands behind the end") }
                let line = try decoder.decode(ExportLine.self, from: Data(bytes))
                if file.lines == 1 { try check(line.martletExport) }
                if let end = line.end {
                    guard end.lines == file.lines - 2 else {
                        throw StoreError.refused(
                            "\(end.lines) lines were written, \(file.lines - 2) are there")
                    }
                    hasEnded = true
                } else if let operation = try line.operation() {
                    try builder.add(operation)
                } else if line.martletExport == nil || file.lines > 1 {
                    throw StoreError.refused("nothing that is known")
                }
            } catch let error as DecodingError {
                throw StoreError.refused("line \(file.lines): \(Self.text(error))")
            } catch let error as StoreError where error.isRefusal {
                throw StoreError.refused("line \(file.lines): \(error.message)")
            }
        }
        guard hasEnded else { throw StoreError.refused("the export is not whole: its last line is missing") }
    }

    private func check(_ header: ExportLine.Header?) throws(StoreError) {
        guard let header else { throw .refused("no export of Martlet") }
        guard header.version == ExportLine.version else {
            throw .refused(
                "this version reads exports of version \(ExportLine.version), not of \(header.version)")
        }
    }

    private static func text(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        return switch error {
        case .keyNotFound(let key, let context): "\(place(context)) has no \(key.stringValue)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(place(context)) has a value of another kind"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? "no JSON" : "\(place(context)) has no valid value"
        @unknown default: "\(error)"
        }
    }
}

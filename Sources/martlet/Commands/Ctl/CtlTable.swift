/// A table for a terminal: columns as wide as their widest cell.
struct CtlTable {
    /// What stands above a column, and the member of a row's object that stands in it.
    var columns: [(title: String, member: String)]

    func text(of rows: [JSONValue]) -> String {
        let cells = rows.map { row in columns.map { Self.printable(row[$0.member]?.text ?? "-") } }
        let widths = columns.indices.map { column in
            max(columns[column].title.count, cells.map { $0[column].count }.max() ?? 0)
        }
        let lines = [columns.map(\.title)] + cells
        return lines.map { line in
            var text = ""
            for (column, cell) in line.enumerated() {
                let isLast = column == line.count - 1
                text += cell + (isLast ? "" : String(repeating: " ", count: widths[column] - cell.count + 2))
            }
            return text + "\n"
        }.joined()
    }

    /// Clients choose parts of what is shown: nothing of it may steer the terminal.
    static func printable(_ text: String) -> String {
        String(
            text.unicodeScalars.map { scalar in
                scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "\u{FFFD}" : Character(scalar)
            })
    }

    /// An object as lines of names and values.
    static func lines(of object: JSONValue) -> String {
        guard case .object(let members) = object else { return "" }
        let named = members.compactMap { member in
            member.value.text.map { (String(decoding: member.name, as: UTF8.self), printable($0)) }
        }
        let width = named.map(\.0.count).max() ?? 0
        return named.map { name, value in
            name + String(repeating: " ", count: width - name.count + 2) + value + "\n"
        }.joined()
    }
}

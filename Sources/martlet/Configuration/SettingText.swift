import MQTTBroker

/// Why a text is not a value of a setting.
struct ValueProblem: Error, Equatable {
    var message: String
}

extension SettingKind {
    /// Reads a value as it stands in a file, an environment variable or behind a flag.
    func value(of text: String) throws(ValueProblem) -> SettingValue {
        switch self {
        case .boolean: return .boolean(try boolean(text))
        case .count(let range): return .number(try count(text, in: range))
        case .size(let range):
            let number = try quantity(text, QuantityUnit.sizes, bare: 1, such: "16MiB, 64KiB or 1000")
            return .number(try bounded(number, range, text))
        case .duration(let range, let unit):
            let number = try duration(text, unit)
            return .number(try bounded(number, range, text))
        case .choice(let words):
            if words.contains(text) { return .text(text) }
            let meant = Spelling.nearest(to: text, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
            throw ValueProblem(message: "\"\(text)\" is none of \(words.joined(separator: ", "))\(meant)")
        case .text(let maximumBytes):
            guard text.utf8.count <= maximumBytes else {
                throw ValueProblem(message: "\(text.utf8.count) bytes are too long: at most \(maximumBytes)")
            }
            return text.isEmpty ? .absent : .text(text)
        case .path:
            guard !text.isEmpty else { throw ValueProblem(message: "a path must not be empty") }
            return .text(text)
        case .listenerURL:
            do {
                _ = try ListenerURL(text)
            } catch {
                throw ValueProblem(message: error.description)
            }
            return .text(text)
        case .words(let words):
            let parts = SettingKind.list(text)
            guard !parts.isEmpty else { throw ValueProblem(message: "expected \(explanation)") }
            for part in parts where !words.contains(part) {
                let meant = Spelling.nearest(to: part, among: words).map { "; did you mean \($0)?" } ?? ""
                throw ValueProblem(
                    message: "\"\(part)\" is none of \(words.joined(separator: ", "))\(meant)")
            }
            return .text(parts.joined(separator: ", "))
        case .addressRanges:
            for part in SettingKind.list(text) where AddressRange(part) == nil {
                throw ValueProblem(
                    message: "\"\(part)\" is no address and no range such as 192.0.2.0/24 or 2001:db8::/32")
            }
            return .text(text)
        case .topicDurability:
            return .text(
                try TopicDurabilityText.rules(text).map(TopicDurabilityText.text).joined(separator: ", "))
        case .fileMode:
            guard let mode = Int(text, radix: 8), (0...0o777).contains(mode) else {
                throw ValueProblem(message: "\"\(text)\" is not a file mode in octal, such as \"0660\"")
            }
            return .number(mode)
        }
    }

    /// The parts between commas, without blanks around them.
    static func list(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }

    private func boolean(_ text: String) throws(ValueProblem) -> Bool {
        switch text {
        case "true": return true
        case "false": return false
        default: break
        }
        let meant =
            switch text.lowercased() {
            case "yes", "on", "1", "true": "; did you mean true?"
            case "no", "off", "0", "false": "; did you mean false?"
            default: ""
            }
        throw ValueProblem(message: "\"\(text)\" is neither true nor false\(meant)")
    }

    private func count(_ text: String, in range: ClosedRange<Int>) throws(ValueProblem) -> Int {
        guard let number = Int(digits(text)) else {
            throw ValueProblem(message: "\"\(text)\" is not a whole number that can be counted with")
        }
        return try bounded(number, range, text)
    }

    private func duration(_ text: String, _ unit: TimeUnit) throws(ValueProblem) -> Int {
        let bare = unit.milliseconds
        let number = try quantity(text, QuantityUnit.durations, bare: bare, such: "30s, 500ms, 5m, 12h or 7d")
        guard number % unit.milliseconds == 0 else {
            throw ValueProblem(message: "\"\(text)\" is not a whole number of \(unit.name)")
        }
        return number / unit.milliseconds
    }

    /// An amount in the smallest of the units; a bare number counts `bare` of them.
    private func quantity(
        _ text: String, _ units: [QuantityUnit], bare: Int, such: String
    ) throws(ValueProblem) -> Int {
        let all = digits(text)
        let number = all.prefix { $0.isASCII && $0.isNumber }
        let symbol = all.dropFirst(number.count).drop { $0 == " " }
        guard let amount = Int(number) else {
            throw ValueProblem(message: "\"\(text)\" is not understood; write it like \(such)")
        }
        let factor = symbol.isEmpty ? bare : units.first { $0.symbol == symbol }?.factor
        guard let factor else {
            let known = units.map(\.symbol)
            let meant = QuantityUnit.meant(by: symbol, units).map { "; did you mean \($0)?" } ?? ""
            throw ValueProblem(
                message: "the unit of \"\(text)\" is none of \(known.joined(separator: ", "))\(meant)")
        }
        let (product, overflow) = amount.multipliedReportingOverflow(by: factor)
        guard !overflow else { throw ValueProblem(message: "\"\(text)\" is too large") }
        return product
    }

    private func bounded(
        _ number: Int, _ range: ClosedRange<Int>, _ written: String
    ) throws(ValueProblem) -> Int {
        if number < range.lowerBound {
            throw ValueProblem(message: "\(written) is too small: at least \(text(range.lowerBound))")
        }
        if number > range.upperBound {
            throw ValueProblem(message: "\(written) is too large: at most \(text(range.upperBound))")
        }
        return number
    }

    private func digits(_ text: String) -> String { text.filter { $0 != "_" } }
}

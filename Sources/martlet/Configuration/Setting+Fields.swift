// The short forms that the tables are written with: one for each type of field.
extension Setting {
    typealias Field<Value> = any WritableKeyPath<Target, Value> & Sendable

    static func boolean(
        _ path: String, _ field: Field<Bool>, _ summary: String
    ) -> Self {
        Self(
            path: path, kind: .boolean, summary: summary, read: { .boolean($0[keyPath: field]) },
            write: { target, value in
                if case .boolean(let boolean) = value { target[keyPath: field] = boolean }
            })
    }

    static func count<Number: FixedWidthInteger & Sendable>(
        _ path: String, _ field: Field<Number>, _ range: ClosedRange<Int>,
        _ summary: String
    ) -> Self {
        number(path, field, .count(range), nil, summary)
    }

    static func size(
        _ path: String, _ field: Field<Int>, _ range: ClosedRange<Int>,
        _ summary: String
    ) -> Self {
        number(path, field, .size(range), nil, summary)
    }

    /// `word` stands for the number `meaning`.
    static func duration<Number: FixedWidthInteger & Sendable>(
        _ path: String, _ field: Field<Number>, in unit: TimeUnit,
        _ range: ClosedRange<Int>, word: String? = nil, meaning: Int = 0, _ summary: String
    ) -> Self {
        let special = word.map { SpecialWord(word: $0, value: .number(meaning)) }
        return number(path, field, .duration(range, unit), special, summary)
    }

    static func number<Number: FixedWidthInteger & Sendable>(
        _ path: String, _ field: Field<Number>, _ kind: SettingKind,
        _ special: SpecialWord?, _ summary: String
    ) -> Self {
        Self(
            path: path, kind: kind, special: special, summary: summary,
            read: { .number(Int(clamping: $0[keyPath: field])) },
            write: { target, value in
                if case .number(let number) = value { target[keyPath: field] = Number(clamping: number) }
            })
    }

    /// A number that may be absent: `word` says so.
    static func optionalNumber<Number: FixedWidthInteger & Sendable>(
        _ path: String, _ field: Field<Number?>, _ kind: SettingKind,
        word: String, _ summary: String
    ) -> Self {
        Self(
            path: path, kind: kind, special: SpecialWord(word: word, value: .absent), summary: summary,
            read: { target in target[keyPath: field].map { .number(Int(clamping: $0)) } ?? .absent },
            write: { target, value in
                if case .number(let number) = value {
                    target[keyPath: field] = Number(clamping: number)
                } else {
                    target[keyPath: field] = nil
                }
            })
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ path: String, _ field: Field<Choice>, _ summary: String
    ) -> Self {
        Self(
            path: path, kind: .choice(Choice.allCases.map(\.rawValue)), summary: summary,
            read: { .text($0[keyPath: field].rawValue) },
            write: { target, value in
                if case .text(let text) = value, let choice = Choice(rawValue: text) {
                    target[keyPath: field] = choice
                }
            })
    }

    /// Some of some words, or none of them: `word`.
    static func words(
        _ path: String, _ field: Field<String?>, _ words: [String], word: String, _ summary: String
    ) -> Self {
        var setting = text(path, field, taking: .words(words), summary)
        setting.special = SpecialWord(word: word, value: .absent)
        return setting
    }

    /// A text that cannot be empty.
    static func requiredText(_ path: String, _ field: Field<String>, _ summary: String) -> Self {
        Self(
            path: path, kind: .text(maximumBytes: 256), summary: summary,
            read: { .text($0[keyPath: field]) },
            write: { target, value in
                if case .text(let text) = value { target[keyPath: field] = text }
            })
    }

    /// A choice that may be left to another setting: `word` says so.
    static func optionalChoice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ path: String, _ field: Field<Choice?>, word: String, _ summary: String
    ) -> Self {
        Self(
            path: path, kind: .choice(Choice.allCases.map(\.rawValue)),
            special: SpecialWord(word: word, value: .absent), summary: summary,
            read: { target in target[keyPath: field].map { .text($0.rawValue) } ?? .absent },
            write: { target, value in
                if case .text(let text) = value {
                    target[keyPath: field] = Choice(rawValue: text)
                } else {
                    target[keyPath: field] = nil
                }
            })
    }

    /// A path that may be absent.
    static func optionalPath(_ path: String, _ field: Field<String?>, _ summary: String) -> Self {
        var setting = text(path, field, taking: .path, summary)
        setting.special = SpecialWord(word: "none", value: .absent)
        return setting
    }

    /// A list that may be absent.
    static func optionalList(
        _ path: String, _ field: Field<String?>, taking kind: SettingKind, _ summary: String
    ) -> Self {
        var setting = text(path, field, taking: kind, summary)
        setting.special = SpecialWord(word: "none", value: .absent)
        return setting
    }

    static func text(
        _ path: String, _ field: Field<String?>,
        taking kind: SettingKind = .text(maximumBytes: 65_535), defaultNote: String? = nil, _ summary: String
    ) -> Self {
        Self(
            path: path, kind: kind, summary: summary, defaultNote: defaultNote,
            read: { target in target[keyPath: field].map { .text($0) } ?? .absent },
            write: { target, value in
                if case .text(let text) = value {
                    target[keyPath: field] = text
                } else {
                    target[keyPath: field] = nil
                }
            })
    }
}

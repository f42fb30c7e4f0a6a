/// What a value of the API looks like, in JSON Schema's terms, as far as they are needed here.
indirect enum Schema: Sendable, Equatable {
    case string, integer, number, boolean
    case choice([String])
    case array(Schema)
    case object([Field])
    case named(String)

    struct Field: Sendable, Equatable {
        var name: String
        var schema: Schema
        var isRequired: Bool
    }
}

/// A value that the API takes or gives. Its example is in the OpenAPI document, and its schema is made from it:
/// every optional field of an example has a value, every array an element.
protocol AdminValue: Codable, Sendable {
    static var example: Self { get }
}

extension AdminValue {
    static var schemaName: String { "\(Self.self)" }

    static var schema: Schema { Schema(of: example) }
}

extension Schema {
    /// From an example.
    init(of value: Any) {
        switch value {
        case is String: self = .string
        case is Bool: self = .boolean
        case is any BinaryInteger: self = .integer
        case is any BinaryFloatingPoint: self = .number
        case let word as any WordValue: self = .choice(word.words)
        default:
            let mirror = Mirror(reflecting: value)
            switch mirror.displayStyle {
            case .collection:
                self = .array(mirror.children.first.map { Schema(element: $0.value) } ?? .string)
            case .optional: self = mirror.children.first.map { Schema(element: $0.value) } ?? .string
            default:
                self = .object(
                    mirror.children.compactMap { child in
                        guard let name = child.label else { return nil }
                        let isOptional = Mirror(reflecting: child.value).displayStyle == .optional
                        return Field(
                            name: name, schema: Schema(element: child.value), isRequired: !isOptional)
                    })
            }
        }
    }

    /// What has a name of its own is referred to by it.
    private init(element: Any) {
        if let value = element as? any AdminValue {
            self = .named(type(of: value).schemaName)
        } else {
            self.init(of: element)
        }
    }
}

/// A value that is one of a few words.
protocol WordValue {
    var words: [String] { get }
}

extension WordValue where Self: RawRepresentable<String> & CaseIterable {
    var words: [String] { Self.allCases.map(\.rawValue) }
}

extension JSONValue {
    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name.elementsEqual(name.utf8) }?.value
    }

    var elements: [JSONValue]? { if case .array(let values) = self { values } else { nil } }

    /// As a person reads it; nil: it is null, an array or an object.
    var text: String? {
        switch self {
        case .string(let bytes): String(decoding: bytes, as: UTF8.self)
        case .bool(let value): value ? "yes" : "no"
        case .number(let value):
            value.rounded() == value && value.magnitude < 1e15
                ? "\(Int64(value))" : "\((value * 1000).rounded() / 1000)"
        case .null, .array, .object: nil
        }
    }
}

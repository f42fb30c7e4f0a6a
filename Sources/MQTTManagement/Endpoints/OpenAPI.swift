/// The OpenAPI 3.1 document of the administration API, made from the table of its operations.
enum OpenAPI {
    static func document(_ endpoints: [Endpoint], _ version: String) -> String {
        var json = JSONText()
        json.object {
            $0.field("openapi", "3.1.0")
            $0.object("info") {
                $0.field("title", "Martlet administration")
                $0.field("version", version)
                $0.field("description", "Every operation needs a token: Authorization: Bearer mt_...")
            }
            $0.array("servers") { $0.object { $0.field("url", "/api/v1") } }
            $0.array("security") { $0.object { $0.array("token") { _ in } } }
            $0.object("paths") { json in
                var paths: [String] = []
                for endpoint in endpoints where !paths.contains(endpoint.path) { paths.append(endpoint.path) }
                for path in paths {
                    json.object(path) { json in
                        for endpoint in endpoints where endpoint.path == path {
                            json.object(endpoint.method.rawValue.lowercased()) { operation(endpoint, &$0) }
                        }
                    }
                }
            }
            $0.object("components") { json in
                json.object("securitySchemes") {
                    $0.object("token") {
                        $0.field("type", "http")
                        $0.field("scheme", "bearer")
                    }
                }
                json.object("schemas") { json in
                    for type in types(endpoints) {
                        json.object(type.schemaName) { json in
                            schema(type.schema, &json)
                            json.raw("example", example(type))
                        }
                    }
                }
            }
        }
        return json.text + "\n"
    }

    private static func operation(_ endpoint: Endpoint, _ json: inout JSONText) {
        json.field("operationId", endpoint.name)
        json.field("summary", endpoint.summary)
        json.field("description", "Takes the role `\(endpoint.role.rawValue)`.")
        json.field("x-role", endpoint.role.rawValue)
        json.array("tags") { $0.element(endpoint.tag) }
        json.array("parameters") { json in
            for parameter in endpoint.parameters {
                json.object {
                    $0.field("name", parameter.name)
                    $0.field("in", parameter.place.rawValue)
                    $0.field("required", parameter.isRequired)
                    $0.field("description", parameter.summary)
                    $0.object("schema") { schema(parameter.kind, &$0) }
                }
            }
        }
        if let body = endpoint.body {
            json.object("requestBody") {
                $0.field("required", true)
                $0.object("content") { content("application/json", body, &$0) }
            }
        }
        json.object("responses") { json in
            json.object(endpoint.answer == nil && endpoint.mediaType == nil ? "204" : "200") {
                $0.field("description", "Done.")
                if let answer = endpoint.answer {
                    $0.object("content") { content("application/json", answer, &$0) }
                } else if let mediaType = endpoint.mediaType {
                    $0.object("content") { $0.object(mediaType) { _ in } }
                }
            }
            if let refusal = endpoint.refusal {
                json.object("422") {
                    $0.field("description", "Cannot be used.")
                    $0.object("content") { content("application/json", refusal, &$0) }
                }
            }
            json.object("default") {
                $0.field("description", "Not done.")
                $0.object("content") { content("application/json", ErrorAnswer.self, &$0) }
            }
        }
    }

    private static func content(_ mediaType: String, _ type: any AdminValue.Type, _ json: inout JSONText) {
        json.object(mediaType) {
            $0.object("schema") { $0.field("$ref", "#/components/schemas/\(type.schemaName)") }
        }
    }

    private static func schema(_ schema: Schema, _ json: inout JSONText) {
        switch schema {
        case .string: json.field("type", "string")
        case .integer: json.field("type", "integer")
        case .number: json.field("type", "number")
        case .boolean: json.field("type", "boolean")
        case .choice(let words):
            json.field("type", "string")
            json.array("enum") { for word in words { $0.element(word) } }
        case .array(let element):
            json.field("type", "array")
            json.object("items") { Self.schema(element, &$0) }
        case .named(let name): json.field("$ref", "#/components/schemas/\(name)")
        case .object(let fields):
            json.field("type", "object")
            json.object("properties") { json in
                for field in fields { json.object(field.name) { Self.schema(field.schema, &$0) } }
            }
            json.array("required") { for field in fields where field.isRequired { $0.element(field.name) } }
        }
    }

    /// All types that there is a schema of, those in other types among them.
    private static func types(_ endpoints: [Endpoint]) -> [any AdminValue.Type] {
        var found: [String: any AdminValue.Type] = [:]
        func add(_ type: any AdminValue.Type) {
            guard found[type.schemaName] == nil else { return }
            found[type.schemaName] = type
            addParts(of: type.example)
        }
        func addParts(of value: Any) {
            for child in Mirror(reflecting: value).children {
                if let part = child.value as? any AdminValue { add(Swift.type(of: part)) }
                let mirror = Mirror(reflecting: child.value)
                if mirror.displayStyle == .collection || mirror.displayStyle == .optional {
                    addParts(of: child.value)
                }
            }
        }
        for endpoint in endpoints {
            if let body = endpoint.body { add(body) }
            if let answer = endpoint.answer { add(answer) }
            if let refusal = endpoint.refusal { add(refusal) }
        }
        add(ErrorAnswer.self)
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    private static func example(_ type: any AdminValue.Type) -> String {
        func text<Value: AdminValue>(_ type: Value.Type) -> String { JSONText.text(of: type.example) }
        return text(type)
    }
}

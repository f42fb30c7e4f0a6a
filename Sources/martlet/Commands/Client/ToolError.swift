/// A command line that cannot be, or what went wrong later, in the words of Mosquitto's tools.
struct ToolError: Error, Equatable {
    let text: String
    /// Whether the way to the help is shown too.
    var isUsage = true
    var code: Int32 = 1

    init(_ text: String, isUsage: Bool = true, code: Int32 = 1) {
        self.text = text
        self.isUsage = isUsage
        self.code = code
    }
}

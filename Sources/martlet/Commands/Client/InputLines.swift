/// The lines of an input, without their ends; the last one counts without an end too.
struct InputLines {
    private let input: InputFile
    private var buffer: ArraySlice<UInt8> = []
    private var hasEnded = false

    init(_ input: InputFile) { self.input = input }

    /// nil: there are no more.
    mutating func next() async -> [UInt8]? {
        var searched = 0
        while true {
            if let end = buffer.dropFirst(searched).firstIndex(of: 10) {
                let line = Array(buffer[..<end])
                buffer = buffer[(end + 1)...]
                return line
            }
            searched = buffer.count
            guard !hasEnded else {
                guard !buffer.isEmpty else { return nil }
                defer { buffer = [] }
                return Array(buffer)
            }
            let more = await input.read()
            if more.isEmpty { hasEnded = true } else { buffer = (Array(buffer) + more)[...] }
        }
    }
}

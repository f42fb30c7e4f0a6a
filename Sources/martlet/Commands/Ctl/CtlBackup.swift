import ArgumentParser

struct CtlBackup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Save a copy of all that the broker stores, for martlet store import or check.")

    @OptionGroup var options: CtlOptions
    @Argument(help: "The file to make; one that exists is not overwritten.", completion: .file())
    var file: String

    func run() async throws {
        let size = try await CtlConnection(options).download(.POST, "/backup", to: file)
        try CtlOutput.show(options, .object([(name: Array("bytes".utf8), value: .number(Double(size)))])) {
            "\(size) bytes are in \(file)\n"
        }
    }
}

import ArgumentParser

/// Prints what docs/ has about the configuration. For those who change a setting; a test tells when.
struct ConfigurationReference: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "configuration-reference",
        abstract: "Print the reference of the configuration, as Markdown or as a commented YAML file.",
        shouldDisplay: false)

    @Flag(help: "The commented YAML file.")
    var example = false

    func run() {
        print(example ? ConfigurationExample.text : ConfigurationMarkdown.text, terminator: "")
    }
}

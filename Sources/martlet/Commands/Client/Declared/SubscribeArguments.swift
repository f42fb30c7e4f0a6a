import ArgumentParser

/// What `sub` subscribes to. Declared for the help, the manual and the shells' completions; ``ToolOptions`` reads them.
struct SubscribeArguments: ParsableArguments {
    @Option(
        name: [.customShort("t"), .customLong("topic")],
        help: ArgumentHelp("What to subscribe to. May be given several times.", valueName: "filter"))
    var topics: [String] = []

    @Option(
        name: [.customShort("q"), .customLong("qos")],
        help: ArgumentHelp("Quality of service: 0.", valueName: "qos"), completion: .list(["0", "1", "2"]))
    var qos: String?

    @Option(
        name: [.customShort("T"), .customLong("filter-out")],
        help: ArgumentHelp("Leave these out. May be given several times.", valueName: "filter"))
    var filterOuts: [String] = []

    @Option(
        name: [.customShort("U"), .customLong("unsubscribe")],
        help: ArgumentHelp("Unsubscribe. May be given several times.", valueName: "filter"))
    var unsubscribe: [String] = []

    @Option(
        name: [.customShort("C")], help: ArgumentHelp("End after so many messages.", valueName: "number"))
    var count: String?

    @Flag(name: [.customShort("E")], help: "End when subscribed.")
    var exits = false

    @Flag(name: [.customLong("retained-only")], help: "Only retained messages; end at the first other one.")
    var retainedOnly = false

    @Flag(name: [.customLong("remove-retained")], help: "Remove the retained messages that are printed.")
    var removeRetained = false

    @Flag(name: [.customLong("retain-as-published")], help: "Leave the retain flag as it was published.")
    var retainAsPublished = false

    @Option(
        name: [.customLong("random-filter")],
        help: ArgumentHelp("Print only some messages.", valueName: "percent"))
    var percentage: String?
}

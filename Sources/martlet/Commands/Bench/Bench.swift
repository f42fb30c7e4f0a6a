import ArgumentParser
import MQTTClient
import MQTTCodec

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a broker: throughput, latency, and whether all arrives once and in order.",
        discussion: """
            The shapes: p2p (each publisher to a subscriber of its own), fan-in (many to one), fan-out (one to many), \
            shared (many to a shared subscription), connections, publish (nobody subscribes: how long acknowledgements \
            take), subscribe (how long subscriptions take, and what others publish to them meanwhile).

            The scenarios of the mqttbs suite: \(BenchPlan.named.map(\.name).joined(separator: ", ")).

            Latency is counted from when a message was due, so that a broker that falls behind cannot hide it. \
            EXIT STATUS: 0 all arrived; 1 something was lost, refused or out of order; 69 the broker cannot be \
            reached.
            """)

    @Argument(help: "A shape or a scenario.")
    var scenario: String

    @Option(
        help: ArgumentHelp(
            "The broker: mqtt://HOST:PORT, ws://HOST:PORT/PATH or unix:///PATH, and mqtts:// or wss:// with TLS.",
            valueName: "url"))
    var url = "mqtt://127.0.0.1:1883"

    @Option(name: [.short, .long], help: "Publishing clients.")
    var publishers: Int?

    @Option(name: [.short, .long], help: "Subscribing clients.")
    var subscribers: Int?

    @Option(
        name: [.short, .long], help: "Messages a second of each publisher; 0: as fast as they are taken.")
    var rate: Double?

    @Option(name: [.short, .long], help: "Seconds of publishing.")
    var duration: Double?

    @Option(help: "Bytes of a payload; at least 16.")
    var size: Int?

    @Option(name: [.short, .long], help: "Quality of service: 0, 1 or 2.")
    var qos: UInt8?

    @Option(help: "Connections a second; 0: as fast as they are taken.")
    var connectRate: Double?

    @Option(help: "Messages on their way without an acknowledgement, for each publisher.")
    var window = 100

    @Option(help: "The topics are those one level below this one; chosen at random unless it is said.")
    var topic: String?

    @Option(help: "The version of MQTT: 3.1.1 or 5.")
    var mqtt = "5"

    @OptionGroup
    var access: AccessOptions

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(help: "No progress line.")
    var quiet = false

    func plan() throws -> BenchPlan {
        var plan: BenchPlan
        if let named = BenchPlan.named.first(where: { $0.name == scenario }) {
            plan = named
        } else if let shape = BenchPlan.Shape(rawValue: scenario) {
            plan = .standard(shape)
        } else {
            throw ValidationError("'\(scenario)' is no shape and no scenario")
        }
        plan.publishers = publishers ?? plan.publishers
        plan.subscribers = subscribers ?? plan.subscribers
        if plan.shape == .p2p {
            plan.publishers = publishers ?? subscribers ?? plan.publishers
            plan.subscribers = plan.publishers
        }
        if plan.shape == .publish { plan.subscribers = 0 }
        if plan.shape == .subscribe { plan.publishers = 0 }
        plan.rate = rate ?? plan.rate
        plan.duration = duration ?? plan.duration
        plan.size = size ?? plan.size
        plan.qos = qos ?? plan.qos
        plan.connectRate = connectRate ?? plan.connectRate
        guard plan.publishers >= 0, plan.subscribers >= 0, plan.publishers + plan.subscribers <= 1_000_000
        else { throw ValidationError("there can be 0 to 1000000 clients") }
        guard plan.rate >= 0, plan.rate <= 1e6, plan.connectRate >= 0, plan.duration > 0,
            plan.duration <= 86_400
        else { throw ValidationError("a rate or the duration is out of bounds") }
        guard plan.size >= BenchStamp.size, plan.size <= 100_000_000 else {
            throw ValidationError("the size must be 16 bytes or more")
        }
        guard plan.qos <= 2 else { throw ValidationError("the QoS is 0, 1 or 2") }
        return plan
    }

    func run() async throws {
        let plan = try plan()
        var configuration: ClientConfiguration
        do {
            configuration = try ClientConfiguration(url)
        } catch {
            throw ValidationError("\(error)")
        }
        switch mqtt {
        case "5", "5.0": configuration.version = .v5
        case "3.1.1", "311": configuration.version = .v3_1_1
        default: throw ValidationError("the version of MQTT is 3.1.1 or 5")
        }
        try access.apply(to: &configuration)
        configuration.maximumInFlight = max(1, window)
        configuration.outboxCapacity = max(1, window)
        configuration.reconnect = nil
        configuration.connectTimeout = .seconds(30)
        do {
            let report = try await BenchRun(
                plan: plan, configuration: configuration, server: url, topic: topic, showsProgress: !quiet
            ).run()
            StandardOutput.write(Array(((json ? report.json() : report.text()) + "\n").utf8))
            guard report.isClean else { throw ExitCode(1) }
        } catch let error as ClientError {
            StandardError.write(line: "error: \(error)")
            throw ExitStatus.unavailable.exitCode
        }
    }
}

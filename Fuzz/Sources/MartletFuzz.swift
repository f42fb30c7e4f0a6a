import CLibFuzzer
import Glibc

/// One executable for all targets; the environment names the one to fuzz, so that the processes which libFuzzer
/// starts itself know it too.
@main
enum MartletFuzz {
    enum Target: String {
        case frames, packets, properties, topics, connections
    }

    static let target: Target = {
        guard let name = unsafe getenv("MARTLET_FUZZ_TARGET"),
            let target = unsafe Target(rawValue: String(cString: name))
        else { fatalError("MARTLET_FUZZ_TARGET names no target") }
        return target
    }()

    /// Whether to print what happens, to see how an input fails.
    static let isTracing = unsafe getenv("MARTLET_FUZZ_TRACE") != nil

    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv
        let status = unsafe LLVMFuzzerRunDriver(&count, &arguments) { start, count in
            unsafe MartletFuzz.run(Array(UnsafeBufferPointer(start: start, count: count)))
            return 0
        }
        exit(status)
    }

    private static func run(_ input: [UInt8]) {
        switch target {
        case .frames: fuzzFrames(input)
        case .packets: fuzzPackets(input)
        case .properties: fuzzProperties(input)
        case .topics: fuzzTopics(input)
        case .connections: fuzzConnections(input)
        }
    }
}

/// Ends the run: something is wrong that is no crash by itself.
func require(_ condition: Bool, _ what: @autoclosure () -> String) {
    if !condition { fatalError(what()) }
}

/// Says what happens, where that is wanted.
func trace(_ what: @autoclosure () -> String) {
    if MartletFuzz.isTracing { print(what()) }
}

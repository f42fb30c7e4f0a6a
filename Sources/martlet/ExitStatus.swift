import ArgumentParser
import MQTTBroker
import MQTTStorage

/// How the program ends, in the numbers of sysexits.h.
enum ExitStatus: Int32, CaseIterable {
    case success = 0
    case usage = 64
    case dataError = 65
    case noInput = 66
    case unavailable = 69
    case software = 70
    case cannotCreate = 73
    case configuration = 78

    var explanation: String {
        switch self {
        case .success: "ended cleanly, after SIGTERM or SIGINT too"
        case .usage: "the command line is wrong"
        case .dataError: "what is stored is damaged, or not what it should be"
        case .noInput: "there is no store"
        case .unavailable: "a listener cannot be opened, such as a port that is in use"
        case .software: "something went wrong inside the broker"
        case .cannotCreate: "the data directory cannot be used"
        case .configuration: "the configuration is wrong; every error is reported"
        }
    }

    /// What to end with when the broker did not start or did not go on.
    init(whenFailedWith error: any Error) {
        self =
            switch error {
            case is BindError: .unavailable
            case is InheritedSockets.Unclaimed: .configuration
            case BrokerError.invalidConfiguration: .configuration
            case let error as StoreError where error.isCorruption || error.isRefusal: .dataError
            default: .software
            }
    }

    var exitCode: ExitCode { ExitCode(rawValue) }

    /// For the help of the command.
    static let help =
        "EXIT STATUS:\n"
        + allCases.map { "  \($0.rawValue < 10 ? " " : "")\($0.rawValue)  \($0.explanation)" }.joined(
            separator: "\n")
}

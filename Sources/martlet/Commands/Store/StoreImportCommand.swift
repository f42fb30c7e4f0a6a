import ArgumentParser
import MQTTStorage

extension StoreCommand {
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fill the store from an export, a backup, or from Mosquitto.",
            discussion: """
                FILE is an export or a backup of martlet store, mosquitto.db as Mosquitto 1.6 to 2.0 write it, \
                or the SQLite file of Mosquitto 2.1's plugin persist-sqlite; which one is seen by looking into \
                it. Stop Mosquitto before, so that its file is whole. All of it is taken over or nothing; what \
                has no place in Martlet is counted and said. No broker may use the data directory.

                  martlet store import --data DIR /var/lib/mosquitto/mosquitto.db

                \(StoreCommand.exitStatus)
                """)

        @OptionGroup
        var place: Place

        @Flag(
            help: "Set a store that holds something aside, as martlet.sqlite3.replaced, instead of refusing.")
        var replace = false

        @Argument(help: "What is read.", completion: .file())
        var file: String

        func run() async throws {
            let directory = try place.directory()
            do {
                let lock = try DataDirectory(directory)
                let report = try StoreImport.run(from: file, into: directory, replace: replace)
                lock.unlock()
                tell(report)
            } catch let problem as DataDirectoryProblem where problem.reason == .inUse {
                throw StoreAccess.fail(ControlProblem(text: "a broker uses \(directory): stop it first"))
            } catch {
                throw StoreAccess.fail(error)
            }
        }

        private func tell(_ report: ImportReport) {
            print(
                """
                imported (\(report.source.rawValue)): \(report.sessions) sessions with \
                \(report.subscriptions) subscriptions and \(report.wills) wills, \(report.retained) retained \
                messages, \(report.deliveries) queued or in flight, \(report.received) received and not released
                """)
            for (why, count) in report.leftOut.sorted(by: { $0.key < $1.key }) {
                print("left out: \(count) \(why)")
            }
            if let path = report.setAside { print("the store that was there is now \(path)") }
        }
    }
}

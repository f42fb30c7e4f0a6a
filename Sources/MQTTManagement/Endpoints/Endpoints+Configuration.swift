import Hummingbird
import Logging

extension Endpoints {
    static func configuration(_ management: Management) -> [Endpoint] {
        @Sendable func configuration() throws -> any ConfigurationControl {
            guard let configuration = management.control.configuration else {
                throw AdminError.unavailable("this program has no configuration to show")
            }
            return configuration
        }
        return [
            Endpoint(
                method: .get, path: "/configuration", name: "configuration", tag: "configuration",
                role: .read, summary: "All settings that the broker runs with.", answer: SettingList.self
            ) { _ in try .json(SettingList(items: try await configuration().running())) },
            Endpoint(
                method: .get, path: "/configuration/pending", name: "pendingConfiguration",
                tag: "configuration", role: .read,
                summary:
                    "What the sources of the configuration say otherwise by now, and what is wrong with them.",
                answer: ConfigurationDifference.self
            ) { _ in try .json(try await configuration().pending()) },
            Endpoint(
                method: .post, path: "/configuration/reload", name: "reloadConfiguration",
                tag: "configuration", role: .admin,
                summary:
                    "Reads all sources again, and takes into use what needs no restart: all of it or, if anything is wrong, "
                    + "nothing: 422 then.",
                answer: ConfigurationDifference.self, refusal: ConfigurationRefusal.self
            ) { request in
                let difference = try await configuration().reload()
                request.note(difference.summary)
                guard difference.problems.isEmpty else {
                    return try .json(ConfigurationRefusal(difference), status: .unprocessableContent)
                }
                return try .json(difference)
            },
        ]
    }

    static func logs(_ management: Management) -> [Endpoint] {
        @Sendable func logs() throws -> any LogControl {
            guard let logs = management.control.logs else {
                throw AdminError.unavailable("this program's log has no levels")
            }
            return logs
        }
        return [
            Endpoint(
                method: .get, path: "/log-levels", name: "logLevels", tag: "configuration", role: .read,
                summary: "The least important events that are logged, by area.", answer: LogLevelList.self
            ) { _ in try .json(LogLevelList(items: try logs().levels())) },
            Endpoint(
                method: .put, path: "/log-levels", name: "setLogLevel", tag: "configuration", role: .operate,
                summary: "Changes the level of an area, until the broker ends or its configuration changes.",
                body: LogLevelValue.self
            ) { request in
                let wanted = try await request.body(LogLevelValue.self)
                request.note("\(wanted.area): \(wanted.level)")
                let logs = try logs()
                guard logs.set(wanted.level, of: wanted.area) else {
                    let areas = ["all"] + logs.levels().map(\.area)
                    guard areas.contains(wanted.area) else {
                        throw AdminError.refused(
                            "there is no area \(wanted.area): \(areas.joined(separator: ", "))")
                    }
                    let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                    throw AdminError.refused("there is no level \(wanted.level): \(levels)")
                }
                return .done
            },
        ]
    }
}

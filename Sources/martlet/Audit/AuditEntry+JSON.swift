import Logging
import MQTTBroker

extension AuditEntry {
    /// One line of JSON: the same names as in the log, `time` and `action` first, and nothing that is not known.
    func line(at time: Timestamp) -> [UInt8] {
        var fields: [(String, String)] = [("action", action.rawValue)]
        if let peer {
            fields += [("address", peer.address), ("listener", peer.listener)]
            if let name = peer.certificateName { fields.append(("certificate", "\(name)")) }
        }
        if let clientIdentifier { fields.append(("client", "\(clientIdentifier)")) }
        if let userName { fields.append(("user", "\(userName)")) }
        if let reasonCode { fields.append(("reason", "\(reasonCode)")) }
        if !detail.isEmpty { fields.append(("detail", detail)) }
        var line = LogLine(capacity: 256)
        line.addRecord(fields, time)
        return line.bytes
    }
}

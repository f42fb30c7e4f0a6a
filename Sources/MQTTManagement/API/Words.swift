import MQTTBroker

extension ProtocolVersion {
    var text: String {
        switch self {
        case .v3_1: "MQTT 3.1"
        case .v3_1_1: "MQTT 3.1.1"
        case .v5: "MQTT 5.0"
        }
    }
}

extension DisconnectCause {
    var text: String {
        switch self {
        case .byClient(let code): "client: \(code.name)"
        case .byServer(let code, _): "server: \(code.name)"
        case .connectionLost: "network: connection lost"
        }
    }

    var detail: String? {
        if case .byServer(_, let detail) = self { detail } else { nil }
    }
}

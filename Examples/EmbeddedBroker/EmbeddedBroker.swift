import MQTTBroker
import NIOCore

/// A thermostat with a broker inside: `swift run` in this directory, then
///
///     mosquitto_sub -p PORT -t 'heating/#' -v &
///     mosquitto_pub -p PORT -t sensors/kitchen -m 17.5
@main
struct EmbeddedBroker {
    static func main() async throws {
        var configuration = BrokerConfiguration(listeners: [
            // Any free port, for this machine only.
            ListenerConfiguration(.mqtt(host: "127.0.0.1", port: 0))
        ])
        configuration.engine.limits.packetSize = 64 * 1024

        let broker = Broker(configuration: configuration, ports: Ports(authorizer: SensorsOnly()))
        for listener in try await broker.start() { print("listening on \(listener.url)") }

        for try await message in try await broker.subscribe("sensors/+", qos: .atLeastOnce) {
            guard let degrees = Double(String(buffer: message.payload)) else { continue }
            let isOn = degrees < 19
            print("\(message.topicName): \(degrees) degrees, heating \(isOn ? "on" : "off")")
            try await broker.publish(
                topic: "heating/state", payload: ByteBuffer(string: isOn ? "on" : "off"), qos: .atLeastOnce,
                retain: true)
        }
    }
}

/// Clients may publish below `sensors/` and subscribe to what they like. The program itself may do everything.
struct SensorsOnly: Authorizer {
    func decision(_ request: AccessRequest) -> AccessDecision {
        switch request.operation {
        case .publish(let topic, _, _): topic.bytes.starts(with: Array("sensors/".utf8)) ? .allow : .deny
        case .subscribe, .receive: .allow
        }
    }
}

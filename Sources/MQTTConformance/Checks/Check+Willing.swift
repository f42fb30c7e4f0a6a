import MQTTClient
import MQTTCodec
import NIOCore

extension Check {
    static let willing: [Check] = {
        var group = CheckGroup("Wills")
        group.check("A connection that is lost publishes it", ["MQTT-3.1.2-7", "MQTT-3.1.2-8"], .both) {
            trial in
            let watcher = try await trial.client("w")
            try await watcher.subscribe(trial.topic("will"), qos: .atLeastOnce)
            let client = try await trial.client(will: will(trial))
            await client.cut()
            try await watcher.expect("gone")
        }
        group.check("DISCONNECT takes it away", ["MQTT-3.1.2-10", "MQTT-3.14.4-3"], .both) { trial in
            let watcher = try await trial.client("w")
            try await watcher.subscribe(trial.topic("will"), qos: .atLeastOnce)
            try await trial.client(will: will(trial)).disconnect()
            try await watcher.publish(trial.topic("will"), "end", qos: .atMostOnce)
            try await watcher.expect("end")
        }
        group.check("DISCONNECT with 0x04 publishes it", ["MQTT-3.1.2-8"]) { trial in
            let watcher = try await trial.client("w")
            try await watcher.subscribe(trial.topic("will"), qos: .atLeastOnce)
            let client = try await trial.client(will: will(trial))
            try await client.disconnect(Disconnect(reasonCode: .disconnectWithWillMessage))
            try await watcher.expect("gone")
        }
        group.check("An error of the client publishes it", ["MQTT-3.1.2-8"], .both) { trial in
            let watcher = try await trial.client("w")
            try await watcher.subscribe(trial.topic("will"), qos: .atLeastOnce)
            let client = try await trial.client(will: will(trial))
            client.send(bytes: [0x00, 0])
            try await watcher.expect("gone")
        }
        group.check("A keep alive that runs out publishes it", ["MQTT-3.1.2-8", "MQTT-3.1.2-22"], .both) {
            trial in
            let watcher = try await trial.client("w")
            try await watcher.subscribe(trial.topic("will"), qos: .atLeastOnce)
            _ = try await trial.client(keepAlive: 1, will: will(trial))
            try await watcher.expect("gone", within: .seconds(12))
        }
        group.check("It is retained when it says so", ["MQTT-3.1.2-15"], .both) { trial in
            try trial.requires(trial.offer.retainAvailable, "retained messages")
            let watcher = try await trial.client("w")
            try await watcher.subscribe(trial.topic("will"), qos: .atLeastOnce)
            await (try trial.client(will: will(trial, retain: true))).cut()
            try await watcher.expect("gone")
            let late = try await trial.client("l")
            try await late.subscribe(trial.topic("will"), qos: .atLeastOnce)
            try require(try await late.expect("gone").retain, "RETAIN is not set")
            try await late.publish(trial.topic("will"), "", qos: .atMostOnce, retain: true)
            _ = try await late.fence()
        }
        group.check("It waits for its delay, and not when the client comes back", ["MQTT-3.1.3-9"]) { trial in
            let watcher = try await trial.client("w")
            try await watcher.subscribe(trial.topic("will"), qos: .atLeastOnce)
            let delayed = will(trial, [.willDelayInterval(1)])
            let properties: Properties = [.sessionExpiryInterval(60)]
            await (try trial.client("s", will: delayed, properties: properties)).cut()
            let back = try await trial.client("s", clean: false, will: delayed, properties: properties)
            try await Task.sleep(for: .milliseconds(2_200))
            try require(try await watcher.fence().isEmpty, "it came all the same")
            await back.cut()
            try require(try await watcher.fence().isEmpty, "it did not wait")
            try await watcher.expect("gone")
        }
        group.check("Its properties come with it", ["MQTT-3.3.2-17"]) { trial in
            let watcher = try await trial.client("w")
            try await watcher.subscribe(trial.topic("will"), qos: .atLeastOnce)
            await (try trial.client(will: will(trial, [.contentType("text"), .userProperty("a", "b")]))).cut()
            let message = try await watcher.expect("gone")
            try require(message.properties.contentType == "text", "the Content Type is gone")
            try require(message.properties.userProperties.count == 1, "the User Property is gone")
        }
        return group.checks
    }()

    private static func will(_ trial: Trial, _ properties: Properties = [], retain: Bool = false) -> Will {
        Will(
            topic: MQTTString(trial.topic("will")), payload: Array("gone".utf8), qos: .atLeastOnce,
            retain: retain, properties: trial.version == .v5 ? properties : [])
    }
}

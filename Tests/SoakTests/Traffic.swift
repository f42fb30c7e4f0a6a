import Logging
import MQTTBroker
import MQTTClient
import NIOCore

/// A client behind a ``FaultProxy`` that publishes and receives, and all that has to be true of it in the end.
struct Traffic {
    let seed: UInt64
    /// The port of this machine that another broker listens on; nil: one is made.
    var otherBroker: Int?

    struct Outcome {
        var connections = 0
        var messages = 0
        /// What is wrong; empty: nothing.
        var faults: [String] = []
    }

    /// - Parameter goesOn: asked before each round with the number of connections so far.
    func run(while goesOn: (_ connections: Int) -> Bool) async throws -> Outcome {
        if let otherBroker { return try await run(onPort: otherBroker, while: goesOn) }
        var brokerConfiguration = BrokerConfiguration(
            listeners: [ListenerConfiguration(.mqtt(host: "127.0.0.1", port: 0))])
        brokerConfiguration.engine.systemTopicInterval = 0
        let broker = Broker(
            configuration: brokerConfiguration, ports: Ports(),
            logger: Logger(label: "soak", factory: { _ in SwiftLogNoOpLogHandler() }))
        let port = try await broker.start()[0].url.port ?? 0
        let outcome = try await run(onPort: port, while: goesOn)
        await broker.stop()
        return outcome
    }

    private func run(onPort port: Int, while goesOn: (Int) -> Bool) async throws -> Outcome {
        let proxy = FaultProxy(to: try SocketAddress(ipAddress: "127.0.0.1", port: port), seed: seed)
        let proxyPort = try await proxy.start()
        var direct = ClientConfiguration(.tcp(host: "127.0.0.1", port: port))
        direct.timeout = .seconds(120)
        var faulty = ClientConfiguration(.tcp(host: "127.0.0.1", port: proxyPort))
        faulty.timeout = .seconds(120)
        faulty.maximumInFlight = 10
        faulty.keepAlive = 1
        faulty.pingTimeout = .milliseconds(200)
        faulty.connectTimeout = .seconds(1)
        faulty.reconnect = ReconnectPolicy(initialDelay: .milliseconds(1), maximumDelay: .milliseconds(5))
        let outcome = try await MQTTClient.withConnection(direct) { watcher in
            let client = MQTTClient(faulty)
            try await client.connect(retrying: true)
            let outcome = try await exchange(watcher, client, proxy, while: goesOn)
            await client.disconnect()
            return outcome
        }
        await proxy.stop()
        return outcome
    }

    private func exchange(
        _ watcher: MQTTClient, _ client: MQTTClient, _ proxy: FaultProxy, while goesOn: (Int) -> Bool
    ) async throws -> Outcome {
        var up: [Ledger] = []
        var down: [Ledger] = []
        for qos in [QoS.atLeastOnce, .exactlyOnce] {
            up.append(Ledger(try await watcher.subscribe("up/\(qos.rawValue)", qos: qos), qos, "up"))
            down.append(Ledger(try await client.subscribe("down/\(qos.rawValue)", qos: qos), qos, "down"))
        }
        var outcome = Outcome()
        while goesOn(proxy.count) {
            var receipts: [PublishReceipt] = []
            for _ in 0..<10 {
                for qos in [QoS.atLeastOnce, .exactlyOnce] {
                    let payload = ByteBuffer(string: "\(outcome.messages)")
                    receipts.append(try await client.submit("up/\(qos.rawValue)", payload: payload, qos: qos))
                    receipts.append(
                        try await watcher.submit("down/\(qos.rawValue)", payload: payload, qos: qos))
                }
                outcome.messages += 1
            }
            for receipt in receipts { try await receipt.fulfilled(within: .seconds(120)) }
            for ledger in up + down { outcome.faults += try await ledger.read(upTo: outcome.messages) }
            guard outcome.faults.isEmpty else { break }
        }
        outcome.connections = proxy.count
        proxy.heal()
        return outcome
    }
}

import MQTTClient
import MQTTCodec
import NIOCore

extension CheckUp {
    /// Messages at each QoS, to this client itself and back; retained and shared ones.
    func examineExchanges(_ client: MQTTClient, _ report: inout DoctorReport) async {
        var quickest = Duration.seconds(3_600)
        for qos in QoS.allCases {
            do {
                let topic = "\(prefix)/\(qos.rawValue)"
                let messages = try await client.subscribe(topic, qos: qos)
                var times: [Duration] = []
                for number in 0..<20 {
                    let begin = ContinuousClock.now
                    try await client.publish(topic, "\(number)", qos: qos)
                    guard let message = try await first(of: messages), message.text == "\(number)" else {
                        throw ClientError.timedOut
                    }
                    times.append(ContinuousClock.now - begin)
                }
                try await messages.unsubscribe()
                times.sort()
                quickest = min(quickest, times[10])
                let advice = Self.advice(median: times[10], quickest: quickest)
                report.add(
                    "QoS \(qos.rawValue)", advice == nil ? .good : .note,
                    "there and back in \(Self.text(times[10])) (slowest \(Self.text(times[19])))",
                    advice: advice)
            } catch {
                report.add(
                    "QoS \(qos.rawValue)", .wrong, "\(error)",
                    advice: "may this user write and read \(prefix)/#?")
            }
        }
        await examineRetained(client, &report)
        if client.configuration.version == .v5, await client.serverLimits.sharedSubscriptionAvailable {
            await examineShared(client, &report)
        }
    }

    /// What to do about the time that a message takes.
    ///
    /// - Parameter quickest: what a message takes at the QoS that is quickest.
    static func advice(median: Duration, quickest: Duration) -> String? {
        if median >= .milliseconds(500) { return "the way is long, or the broker is busy" }
        // A small packet that waits for the acknowledgement of the one before, which the other side delays by 40 ms.
        if median >= .milliseconds(35), median < .milliseconds(120), quickest < .milliseconds(10) {
            return "small packets wait for each other: turn TCP_NODELAY on at the broker "
                + "(Mosquitto: set_tcp_nodelay true)"
        }
        return nil
    }

    private func examineRetained(_ client: MQTTClient, _ report: inout DoctorReport) async {
        guard await client.serverLimits.retainAvailable else { return }
        do {
            let topic = "\(prefix)/retained"
            try await client.publish(topic, "kept", qos: .atLeastOnce, retain: true)
            let messages = try await client.subscribe(topic, qos: .atLeastOnce)
            let message = try await first(of: messages)
            try await messages.unsubscribe()
            try await client.publish(topic, payload: ByteBuffer(), qos: .atLeastOnce, retain: true)
            let isRight = message?.text == "kept" && message?.retain == true
            report.add(
                "retaining", isRight ? .good : .wrong, isRight ? "works" : "the message did not come back")
        } catch {
            report.add("retaining", .wrong, "\(error)")
        }
    }

    private func examineShared(_ client: MQTTClient, _ report: inout DoctorReport) async {
        do {
            let messages = try await client.subscribe("$share/doctor/\(prefix)/shared", qos: .atLeastOnce)
            try await client.publish("\(prefix)/shared", "x", qos: .atLeastOnce)
            let isRight = try await first(of: messages) != nil
            try await messages.unsubscribe()
            report.add("sharing", isRight ? .good : .wrong, isRight ? "works" : "the message did not come")
        } catch {
            report.add("sharing", .wrong, "\(error)")
        }
    }
}

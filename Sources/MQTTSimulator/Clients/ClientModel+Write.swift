import MQTTCodec
import NIOCore

/// What a client does of its own accord.
extension ClientModel {
    /// - Parameter isKept: whether the session is to last, and nothing else is to come in its way.
    func connect(_ chance: inout Chance, cleanStart: Bool, isKept: Bool = false) {
        var connect = Connect(version: version, cleanStart: cleanStart, clientIdentifier: identifier)
        if isNameless {
            connect.cleanStart = true
            connect.clientIdentifier = MQTTString([])
        }
        connect.keepAlive = isKept ? 0 : chance.pick([0, 0, 10, 60])
        if chance.percent(50) && !isKept { connect.will = will(&chance) }
        if version == .v5 {
            var properties = Properties()
            properties.sessionExpiryInterval = isKept ? .max : chance.pick([nil, 0, 5, 60, 3600, .max])
            if isBusy { properties.sessionExpiryInterval = chance.pick([3600, .max]) }
            if isNameless { properties.sessionExpiryInterval = nil }
            properties.receiveMaximum = chance.pick([nil, 1, 2, 5])
            if !isKept { properties.maximumPacketSize = chance.pick([nil, nil, 1000]) }
            properties.topicAliasMaximum = chance.pick([nil, 0, 1, 3, 10])
            properties.requestProblemInformation = chance.pick([nil, 0, 1])
            connect.properties = properties
            sessionExpiryInterval = properties.sessionExpiryInterval ?? 0
        }
        send(.connect(connect))
    }

    private func will(_ chance: inout Chance) -> Will {
        var properties = Properties()
        if version == .v5 {
            properties.willDelayInterval = chance.pick([nil, 0, 3, 30])
            properties.messageExpiryInterval = chance.pick([nil, nil, 20])
            let name = "of \(identifier)".mqtt
            if chance.percent(30) { properties.list.append(.userProperty("will", name)) }
            if chance.percent(30) { properties.list.insert(.contentType("will"), at: 0) }
            if chance.percent(20) { properties.list.insert(.userProperty("first", name), at: 0) }
        }
        return Will(
            topic: chance.pick(Topics.names), payload: Array("will \(nextPayload())".utf8),
            qos: chance.pick(QoS.allCases), retain: chance.percent(25), properties: properties)
    }

    func subscribe(_ chance: inout Chance) {
        if isBusy && chance.percent(25) { return join(&chance) }
        let identifier = nextIdentifier()
        requests.insert(identifier)
        var entries: [Subscribe.Entry] = []
        for _ in 0..<chance.between(1, 3) {
            let others = chance.percent(20) ? Topics.sharedFilters : Topics.filters
            let filter = chance.pick(isBusy ? Topics.busyFilters : others)
            guard !entries.contains(where: { $0.topicFilter == filter }) else { continue }
            entries.append(.init(filter, options(&chance, isShared: filter.isShared)))
            if !filters.contains(filter) { filters.append(filter) }
        }
        if chance.percent(3) { entries.append(.init(chance.pick(["a#", "a/+b", "$share/g"]))) }
        var properties = Properties()
        if version == .v5 && chance.percent(50) {
            properties.list.append(.subscriptionIdentifier(chance.pick([1, 2, 3, 268_435_455])))
        }
        send(.subscribe(Subscribe(packetIdentifier: identifier, entries, properties: properties)))
    }

    /// Joins a group with a Subscription Identifier of its own. Where messages may be dropped, copies for
    /// groups must not look like others, or it would not be known which were.
    private func join(_ chance: inout Chance) {
        // A group whose members are all away holds nobody: it refuses.
        guard version == .v5, role != .onlySubscribing else { return }
        let identifier = nextIdentifier()
        requests.insert(identifier)
        let place = chance.below(Topics.sharedFilters.count)
        let filter = Topics.sharedFilters[place]
        if !filters.contains(filter) { filters.append(filter) }
        let entry = Subscribe.Entry(filter, options(&chance, isShared: true))
        let properties: Properties = [.subscriptionIdentifier(1000 + place)]
        send(.subscribe(Subscribe(packetIdentifier: identifier, [entry], properties: properties)))
    }

    private func options(_ chance: inout Chance, isShared: Bool) -> SubscriptionOptions {
        var options = SubscriptionOptions(qos: chance.pick(QoS.allCases))
        guard version == .v5 else { return options }
        options.noLocal = chance.percent(20) && !isShared
        options.retainAsPublished = chance.percent(40)
        options.retainHandling = chance.pick(SubscriptionOptions.RetainHandling.allCases)
        return options
    }

    func unsubscribe(_ chance: inout Chance) {
        let identifier = nextIdentifier()
        requests.insert(identifier)
        let filter =
            chance.percent(80) && !filters.isEmpty ? chance.pick(filters) : chance.pick(Topics.filters)
        send(.unsubscribe(Unsubscribe(packetIdentifier: identifier, [filter])))
    }

    func publish(_ chance: inout Chance) {
        var publish = Publish(
            topicName: chance.pick(isBusy ? Topics.busyNames : Topics.names), qos: chance.pick(QoS.allCases))
        if isBusy && publish.qos == .atMostOnce { publish.qos = chance.pick(QoS.allCases) }
        if outgoing.count >= serverReceiveMaximum { publish.qos = .atMostOnce }
        publish.retain = role == .everything && chance.percent(20)
        var payload = nextPayload()
        if chance.percent(5) { payload += String(repeating: ".", count: 2000) }
        if publish.retain && chance.percent(25) { payload = "" }
        publish.payload = ByteBuffer(string: payload)
        if version == .v5 && role == .everything { decorate(&publish, &chance) }
        if publish.qos != .atMostOnce {
            publish.packetIdentifier = nextIdentifier()
            outgoing.append(Outgoing(publish: publish))
        }
        if version == .v5 && serverTopicAliasMaximum > 0 && chance.percent(40) { alias(&publish) }
        send(.publish(publish))
    }

    private func decorate(_ publish: inout Publish, _ chance: inout Chance) {
        var properties = Properties()
        if chance.percent(20) { properties.messageExpiryInterval = UInt32(chance.pick([0, 2, 10, 100])) }
        if chance.percent(15) { properties.contentType = "text" }
        if chance.percent(15) { properties.payloadFormatIndicator = 1 }
        if chance.percent(15) { properties.responseTopic = "answers/here" }
        if chance.percent(15) { properties.correlationData = [0, 1, 255] }
        if chance.percent(20) {
            properties.list.append(.userProperty("z", "1"))
            properties.list.append(.userProperty("a", "2"))
            properties.list.append(.userProperty("z", "1"))
        }
        publish.properties = properties
    }

    /// Lets an alias stand for the topic where there is one, else makes one, perhaps in place of an old one.
    private func alias(_ publish: inout Publish) {
        if let place = aliases.firstIndex(of: publish.topicName) {
            publish.topicName = MQTTString([])
            publish.properties.topicAlias = UInt16(place + 1)
            return
        }
        if aliases.count < min(Int(serverTopicAliasMaximum), 5) {
            aliases.append(publish.topicName)
            publish.properties.topicAlias = UInt16(aliases.count)
        } else {
            let place = sequence % aliases.count
            aliases[place] = publish.topicName
            publish.properties.topicAlias = UInt16(place + 1)
        }
    }

    func disconnect(_ chance: inout Chance) {
        var packet = Disconnect()
        if version == .v5 {
            if chance.percent(40) { packet.reasonCode = .disconnectWithWillMessage }
            if chance.percent(30) && sessionExpiryInterval > 0 {
                packet.properties.sessionExpiryInterval = chance.pick([0, 5, 100])
            }
        }
        send(.disconnect(packet))
    }

    /// Sends what no client may send.
    func violate(_ chance: inout Chance) {
        let violations: [[UInt8]] = [
            [0x00, 0x00],  // packet type 0
            [0x36, 0x05, 0x00, 0x01, 0x61, 0x00, 0x01],  // QoS 3
            [0x30, 0x04, 0x00, 0x02, 0x61, 0x23],  // a topic name with a wildcard
            [0x60, 0x02, 0x00, 0x01],  // PUBREL without its reserved flags
            [0x82, 0x02, 0x00, 0x01],  // SUBSCRIBE without a filter, or without properties
            [0x20, 0x02, 0x00, 0x00],  // CONNACK from a client
            [0x10, 0x0C, 0x00, 0x04, 0x4D, 0x51, 0x54, 0x54, 0x04, 0x02, 0, 0, 0, 0],  // second CONNECT
            [0xC1, 0x00],  // PINGREQ with a flag
            [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],  // a length of five bytes
        ]
        link?.violate(chance.pick(violations))
    }
}

extension MQTTString {
    fileprivate var isShared: Bool { bytes.starts(with: Array("$share/".utf8)) }
}

extension String {
    var mqtt: MQTTString { MQTTString(self) }
}

import MQTTCodec

extension Shard {
    /// Looks at up to `places` places of the table of retained messages.
    ///
    /// - Parameters:
    ///   - filter: only topics that match it; nil: all, those that begin with `$` among them.
    ///   - payloadBytes: how much of each payload is shown.
    public func retainedMessages(
        matching filter: TopicFilter?, from start: Int, places: Int, limit: Int, payloadBytes: Int,
        at moment: Instant
    ) -> InspectionSlice<RetainedSummary> {
        var slice = InspectionSlice<RetainedSummary>()
        let all = retained.places
        let end = min(all.upperBound, start + places)
        var place = start
        while place < end && slice.elements.count < limit {
            if let message = retained.message(atPlace: place) {
                let found = summary(ofRetained: message, payloadBytes: payloadBytes, at: moment)
                if filter?.matches(found.topic) ?? true { slice.elements.append(found) }
            }
            place += 1
        }
        slice.next = place < all.upperBound ? place : nil
        return slice
    }

    /// The message retained at a topic; nil: there is none.
    public func retainedMessage(
        at topic: MQTTString, payloadBytes: Int, at moment: Instant
    ) -> RetainedSummary? {
        retained.message(at: topic.bytes.span).map {
            summary(ofRetained: $0, payloadBytes: payloadBytes, at: moment)
        }
    }

    /// The levels below a topic in the tree of retained messages, at most `limit` of them, in no order.
    ///
    /// - Parameter topic: empty: the first levels of all topics.
    public func topicLevels(below topic: MQTTString, limit: Int) -> [TopicLevel] {
        retained.levels(below: topic.bytes.span, limit: limit)
    }

    private func summary(
        ofRetained message: Int, payloadBytes: Int, at moment: Instant
    ) -> RetainedSummary {
        let view = messages[message].view
        let shown = view.payload.extracting(first: payloadBytes)
        var payload: [UInt8] = []
        payload.reserveCapacity(shown.count)
        for index in 0..<shown.count { payload.append(shown[index]) }
        return RetainedSummary(
            topic: MQTTString(copying: view.topic), qos: view.qos, payloadBytes: view.payload.count,
            payload: payload,
            expiresIn: messages[message].expiresAt.map { max(0, $0.milliseconds(since: moment)) })
    }
}

extension RetainedMessages {
    /// The places that have ever been used; some may be free.
    var places: Range<Int> { entries.places }

    func message(atPlace place: Int) -> Int? { entries.isTaken(place) ? entries[place].message : nil }

    func levels(below topic: Span<UInt8>, limit: Int) -> [TopicLevel] {
        guard let node = topic.count == 0 ? TopicTree.root : tree.find(topic, names) else { return [] }
        var levels: [TopicLevel] = []
        var child = tree.nodes[node].firstChild
        while child >= 0 && levels.count < limit {
            let found = tree.nodes[Int(child)]
            levels.append(
                TopicLevel(
                    name: MQTTString(names.bytes(of: found.level)), isRetained: found.value >= 0,
                    hasChildren: found.firstChild >= 0))
            child = found.next
        }
        return levels
    }
}

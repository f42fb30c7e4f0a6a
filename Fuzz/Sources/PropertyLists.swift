import MQTTCodec
import NIOCore

/// Properties in one of their places: what is understood is legal there, and comes back as it was.
///
/// Input: the place, then the properties; their length is added here.
func fuzzProperties(_ bytes: [UInt8]) {
    var input = Input(bytes)
    let number = input.below(PacketType.allCases.count + 1)
    let place: PropertyIdentifier.Place =
        number < PacketType.allCases.count ? .packet(PacketType.allCases[number]) : .will
    let list = input.rest()
    var buffer = ByteBuffer()
    buffer.writeVariableByteInteger(list.count)
    buffer.writeBytes(list)
    guard let properties = read(Array(buffer: buffer), place) else { return }
    var counts: [PropertyIdentifier: Int] = [:]
    for property in properties.list {
        let identifier = property.identifier
        require(identifier.isAllowed(in: place), "\(identifier) is not allowed in \(place)")
        counts[identifier, default: 0] += 1
        require(
            counts[identifier] == 1 || identifier.isRepeatable(in: place), "\(identifier) twice in \(place)")
    }
    require(
        properties.authenticationData == nil || properties.authenticationMethod != nil,
        "authentication data without a method")
    var written = ByteBuffer()
    properties.encode(into: &written)
    require(written == buffer, "properties are written in another way than they were read")
    require(read(Array(buffer: written), place) == properties, "properties do not come back")
    var changed = properties
    changed.reasonString = nil
    changed.messageExpiryInterval = 7
    changed.topicAlias = nil
    require(changed.messageExpiryInterval == 7 && changed.reasonString == nil, "accessors do not agree")
    require(
        changed.userProperties.map(\.name) == properties.userProperties.map(\.name), "user properties changed"
    )
}

private func read(_ bytes: [UInt8], _ place: PropertyIdentifier.Place) -> Properties? {
    var cursor = WireCursor(over: 0..<bytes.count)
    guard let properties = try? Properties(decoding: bytes.span, &cursor, in: place) else { return nil }
    require(cursor.remaining == 0, "bytes are left behind the properties")
    return properties
}

import MQTTCodec
import NIOCore

/// One packet: what is understood has to be written, and read again as the same.
///
/// Input: the version, the first byte, then the body; its length is added here, so that no input is lost
/// to a wrong length.
func fuzzPackets(_ bytes: [UInt8]) {
    var input = Input(bytes)
    let version = input.version()
    let firstByte = input.byte()
    let body = input.rest()
    var buffer = ByteBuffer()
    buffer.writeInteger(firstByte)
    buffer.writeVariableByteInteger(body.count)
    buffer.writeBytes(body)
    let frameBytes = Array(buffer: buffer)
    let result = Result { () throws(WireError) in try ControlPacket.read(from: &buffer, version: version) }
    if firstByte >> 4 == PacketType.publish.rawValue {
        compareHeader(frameBytes, body.count, version, result)
    }
    guard case .success(let read) = result, let packet = read else {
        if case .failure(let error) = result { require(!error.description.isEmpty, "an error without words") }
        return
    }
    var written = ByteBuffer()
    packet.encode(into: &written, version: version)
    require(written.readableBytes <= frameBytes.count, "what is written is longer than what was read")
    let canonical = written
    // A failure in SUBACK is a code that 3.1 does not have: it is not written.
    if case .subscriptionAcknowledgement = packet, version == .v3_1 { return }
    let again = try? ControlPacket.read(from: &written, version: version)
    require(again == packet, "\(packet) comes back as \(String(describing: again))")
    var twice = ByteBuffer()
    again?.encode(into: &twice, version: version)
    require(twice == canonical, "\(packet) is written in two ways")
}

/// The broker's way to read PUBLISH has to agree with that of clients, but for what it leaves to others: the
/// topic, and Subscription Identifiers, which clients do not send.
private func compareHeader(
    _ bytes: [UInt8], _ bodyLength: Int, _ version: ProtocolVersion,
    _ result: Result<ControlPacket?, WireError>
) {
    let frame = Frame(firstByte: bytes[0], body: bytes.count - bodyLength..<bytes.count)
    let header = Result { () throws(WireError) in
        try PublishHeader(decoding: bytes.span, frame, version: version)
    }
    switch (result, header) {
    case (.success(.publish(let publish)), .success(let header)):
        require(Array(bytes[header.topic]) == publish.topicName.bytes, "topics differ")
        require(Array(bytes[header.payload]) == Array(buffer: publish.payload), "payloads differ")
        require(header.packetIdentifier == publish.packetIdentifier, "packet identifiers differ")
        require(header.qos == publish.qos && header.dup == publish.dup, "QoS or DUP differ")
        require(header.retain == publish.retain, "RETAIN differs")
        require(header.topicAlias == publish.properties.topicAlias ?? 0, "aliases differ")
        require(header.messageExpiryInterval == publish.properties.messageExpiryInterval, "expiries differ")
        var forwarded = publish.properties
        forwarded.topicAlias = nil
        forwarded.messageExpiryInterval = nil
        var expected = ByteBuffer()
        forwarded.encode(into: &expected)
        require(
            expected.readableBytes == header.forwardedProperties.count
                + variableByteIntegerLength(header.forwardedProperties.count),
            "forwarded properties differ")
    case (.success(.publish(let publish)), .failure):
        require(
            !publish.properties.subscriptionIdentifiers.isEmpty, "the header is refused, the packet is not")
    case (.failure(let error), .success):
        require(
            error == .invalidString || error == .invalidTopicName,
            "the packet is refused, the header is not: \(error)")
    default: break
    }
}

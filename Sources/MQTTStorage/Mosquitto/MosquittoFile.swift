import MQTTCodec
import NIOCore

/// `mosquitto.db`, as Mosquitto 1.6 to 2.0 write it with `persistence true`, on a machine that stores the least
/// significant byte first. Wills are not in it.
struct MosquittoFile {
    static let magic: [UInt8] = [0x00, 0xB5, 0x00] + Array("mosquitto db".utf8)

    private static let version: UInt32 = 6

    private let path: String
    private let bytes: ByteBuffer

    init(_ path: String) throws(StoreError) {
        self.path = path
        bytes = ByteBuffer(bytes: try FileBytes(path).read(upTo: .max))
    }

    func read() throws -> MosquittoState {
        var rest = bytes
        // Magic, a checksum that is always 0, the version.
        guard rest.readBytes(length: Self.magic.count) == Self.magic,
            rest.readInteger(as: UInt32.self) != nil,
            let version = rest.readInteger(as: UInt32.self)
        else { throw StoreError.refused("\(path) is no mosquitto.db") }
        guard version == Self.version else {
            throw StoreError.refused(
                "\(path) has version \(version) of Mosquitto's format; \(Self.version) is understood. Let a Mosquitto of version 1.6 to 2.0 read and write it once"
            )
        }
        var state = MosquittoState()
        while rest.readableBytes > 0 {
            let place = rest.readerIndex
            guard let kind = rest.readInteger(as: UInt32.self),
                let length = rest.readInteger(as: UInt32.self),
                var chunk = rest.readSlice(length: Int(length)), Self.read(kind, &chunk, into: &state)
            else {
                throw StoreError.refused("\(path) is damaged or cut short at byte \(place)")
            }
        }
        return state
    }

    /// Takes one chunk. false: it makes no sense.
    private static func read(_ kind: UInt32, _ chunk: inout ByteBuffer, into state: inout MosquittoState)
        -> Bool
    {
        switch kind {
        case 1: return true
        case 2: return readMessage(&chunk, &state)
        case 3: return readClientMessage(&chunk, &state)
        case 4:
            guard let number = chunk.readInteger(endianness: .little, as: UInt64.self) else { return false }
            state.retained.append(number)
            return true
        case 5: return readSubscription(&chunk, &state)
        case 6: return readClient(&chunk, &state)
        default: return true
        }
    }

    private static func readMessage(_ chunk: inout ByteBuffer, _ state: inout MosquittoState) -> Bool {
        guard let number = chunk.readInteger(endianness: .little, as: UInt64.self),
            let expiresAt = chunk.readInteger(endianness: .little, as: Int64.self),
            let payloadCount = chunk.readInteger(as: UInt32.self), chunk.readInteger(as: UInt16.self) != nil,
            let sourceCount = chunk.readInteger(as: UInt16.self),
            let userCount = chunk.readInteger(as: UInt16.self),
            let topicCount = chunk.readInteger(as: UInt16.self), chunk.readInteger(as: UInt16.self) != nil,
            let qos = chunk.readInteger(as: UInt8.self), let retain = chunk.readInteger(as: UInt8.self),
            chunk.readSlice(length: Int(sourceCount) + Int(userCount)) != nil,
            let topic = chunk.readBytes(length: Int(topicCount)),
            let payload = chunk.readBytes(length: Int(payloadCount)), let properties = readProperties(&chunk)
        else { return false }
        state.messages[number] = .init(
            topic: MQTTString(topic), payload: payload, properties: properties, qos: qos, retain: retain != 0,
            expiresAt: expiresAt)
        return true
    }

    private static func readClientMessage(_ chunk: inout ByteBuffer, _ state: inout MosquittoState) -> Bool {
        guard let number = chunk.readInteger(endianness: .little, as: UInt64.self),
            let packet = chunk.readInteger(as: UInt16.self), let count = chunk.readInteger(as: UInt16.self),
            let qos = chunk.readInteger(as: UInt8.self), let messageState = chunk.readInteger(as: UInt8.self),
            let retainAndDup = chunk.readInteger(as: UInt8.self),
            let direction = chunk.readInteger(as: UInt8.self),
            let client = chunk.readBytes(length: Int(count)), let properties = readProperties(&chunk)
        else { return false }
        state.clientMessages.append(
            .init(
                client: MQTTString(client), message: number, packet: packet, qos: qos, state: messageState,
                retain: retainAndDup & 0xF0 != 0, isIncoming: direction == 0,
                subscriptionIdentifiers: properties.subscriptionIdentifiers.map { UInt32($0) }))
        return true
    }

    private static func readSubscription(_ chunk: inout ByteBuffer, _ state: inout MosquittoState) -> Bool {
        guard let identifier = chunk.readInteger(as: UInt32.self),
            let clientCount = chunk.readInteger(as: UInt16.self),
            let filterCount = chunk.readInteger(as: UInt16.self), let qos = chunk.readInteger(as: UInt8.self),
            let options = chunk.readInteger(as: UInt8.self), chunk.readInteger(as: UInt16.self) != nil,
            let client = chunk.readBytes(length: Int(clientCount)),
            let filter = chunk.readBytes(length: Int(filterCount))
        else { return false }
        state.subscriptions.append(
            .init(
                client: MQTTString(client), filter: MQTTString(filter), options: qos & 3 | options & 0x0C,
                identifier: identifier))
        return true
    }

    private static func readClient(_ chunk: inout ByteBuffer, _ state: inout MosquittoState) -> Bool {
        guard let expiresAt = chunk.readInteger(endianness: .little, as: Int64.self),
            let interval = chunk.readInteger(as: UInt32.self), chunk.readInteger(as: UInt16.self) != nil,
            let count = chunk.readInteger(as: UInt16.self), chunk.readInteger(as: UInt16.self) != nil,
            let userCount = chunk.readInteger(as: UInt16.self), chunk.readInteger(as: UInt32.self) != nil,
            let identifier = chunk.readBytes(length: Int(count)),
            let user = chunk.readBytes(length: Int(userCount))
        else { return false }
        // Mosquitto 2.0.11 gives a client without a user name that of the client before, with its length in the
        // wrong byte order, and what happens to lie behind it. No user name of MQTT has a zero in it.
        let isItsOwn = userCount > 0 && !user.contains(0)
        state.clients.append(
            .init(
                identifier: MQTTString(identifier), user: isItsOwn ? MQTTString(user) : nil,
                expiryInterval: interval, expiresAt: expiresAt))
        return true
    }

    /// What is left of a chunk, if anything: a property length and properties.
    private static func readProperties(_ chunk: inout ByteBuffer) -> Properties? {
        guard chunk.readableBytes > 0 else { return Properties() }
        let bytes = Array(chunk.readableBytesView)
        var cursor = WireCursor(over: 0..<bytes.count)
        return try? Properties(decoding: bytes.span, &cursor, in: .packet(.publish))
    }
}

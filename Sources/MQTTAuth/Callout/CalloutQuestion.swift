import MQTTCodec
import MQTTEngine

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What is sent to the service, as JSON.
struct CalloutQuestion: Encodable {
    let username: String?
    /// Absent if there is none, or if it is not UTF-8.
    let password: String?
    /// The password's bytes, in Base64, where they are not UTF-8.
    let passwordBase64: String?
    let clientId: String
    let address: String
    let listener: String
    /// 3, 4 or 5, as in CONNECT.
    let protocolVersion: UInt8

    private enum CodingKeys: String, CodingKey {
        case username, password, address, listener
        case passwordBase64 = "password_base64"
        case clientId = "client_id"
        case protocolVersion = "protocol_version"
    }

    init(_ request: AuthenticationRequest) {
        username = request.userName?.description
        password = request.password.flatMap { String(validating: $0, as: UTF8.self) }
        passwordBase64 = password == nil ? request.password.map { Data($0).base64EncodedString() } : nil
        clientId = request.clientIdentifier.description
        address = request.peer.address
        listener = request.peer.listener
        protocolVersion = request.version.rawValue
    }
}

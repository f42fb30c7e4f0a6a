import MQTTCodec
import NIOCore
import Testing

@testable import MQTTClient

@Suite("AUTH in a session, section 4.12")
struct AuthenticationTests {
    private func auth(_ code: ReasonCode, _ data: [UInt8], method: MQTTString = "M") -> Auth {
        Auth(reasonCode: code, properties: [.authenticationMethod(method), .authenticationData(data)])
    }

    private func begin() throws -> ScriptedServer {
        let server = ScriptedServer(properties: [.authenticationMethod("M"), .authenticationData([1])])
        server.session.connectionOpened(at: server.now)
        _ = try server.sent()
        return server
    }

    @Test("[MQTT-4.12.0-3] [MQTT-4.12.0-5] A challenge is answered with AUTH 0x18 and the same method")
    func challenge() throws {
        let server = try begin()
        server.send(.auth(auth(.continueAuthentication, [2])))
        #expect(server.actions() == [.challenged([2])])
        server.session.authenticate([3], at: server.now)
        #expect(try server.sent() == [.auth(auth(.continueAuthentication, [3]))])
        server.send(.connack(Connack()))
        #expect(server.session.phase == .connected)
    }

    @Test("[MQTT-4.12.1-1] Re-authentication is AUTH 0x19, challenges, and AUTH 0x00")
    func reauthentication() throws {
        let server = try begin()
        server.send(.connack(Connack()))
        _ = server.actions()
        let begins = (0..<2).map { _ in server.session.reauthenticate([4], at: server.now) }
        #expect(begins == [true, false])
        #expect(try server.sent() == [.auth(auth(.reauthenticate, [4]))])
        server.send(.auth(auth(.continueAuthentication, [5])))
        server.session.authenticate([6], at: server.now)
        server.send(.auth(auth(.success, [7])))
        #expect(server.actions() == [.challenged([5]), .reauthenticated([7])])
    }

    @Test(
        "[MQTT-4.12.0-6] AUTH that nobody has asked for, or of another method, breaks the protocol",
        arguments: [0, 1, 2, 3])
    func unexpected(kind: Int) throws {
        let server = kind == 0 ? ScriptedServer() : try begin()
        switch kind {
        case 0:
            server.session.connectionOpened(at: server.now)
            server.send(.auth(auth(.continueAuthentication, [])))
        case 1: server.send(.auth(auth(.continueAuthentication, [], method: "other")))
        case 2: server.send(.auth(auth(.success, [])))
        default:
            server.send(.connack(Connack()))
            server.send(.auth(auth(.continueAuthentication, [])))
        }
        #expect(server.actions().compactMap(\.closing).count == 1)
        #expect(server.session.phase == .closing)
    }
}

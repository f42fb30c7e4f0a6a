import MQTTCodec
import NIOCore

extension MQTTClient {
    /// Proves anew who the client is, MQTT 5.0 section 4.12.1, while the connection goes on: before a server's patience
    /// with an authentication ends, say. Needs ``ClientConfiguration/authentication``.
    ///
    /// - Throws: ``ClientError``. When the server refuses, it ends the connection.
    public func reauthenticate() async throws(ClientError) {
        guard let method = configuration.authentication, configuration.version == .v5 else {
            throw .notSupported("there is no enhanced authentication in the configuration")
        }
        guard state == .connected else { throw .notConnected }
        if let reauthentication {
            return try await reauthentication.outcome(within: configuration.timeout, on: eventLoop).get()
        }
        var exchange = method.begin()
        let first: [UInt8]?
        do { first = try exchange.first() } catch { throw .authenticationFailed("\(error)") }
        guard session.reauthenticate(first, at: .now()) else { throw .notConnected }
        self.exchange = exchange
        let done = Completion<Void>()
        reauthentication = done
        sessionChanged()
        try await done.outcome(within: configuration.timeout, on: eventLoop).get()
    }

    /// Puts the first step into CONNECT.
    func beginAuthentication() throws(ClientError) {
        guard let method = configuration.authentication, configuration.version == .v5 else { return }
        var exchange = method.begin()
        do {
            session.settings.connect.properties.authenticationMethod = MQTTString(method.name)
            session.settings.connect.properties.authenticationData = try exchange.first()
        } catch {
            throw .authenticationFailed("\(error)")
        }
        self.exchange = exchange
    }

    func challenged(_ data: [UInt8]) {
        guard let exchange else { return }
        let number = connectionNumber
        Task {
            var exchange = exchange
            do {
                let answer = try await exchange.answer(to: data)
                guard number == self.connectionNumber else { return }
                self.exchange = exchange
                self.session.authenticate(answer, at: .now())
                self.sessionChanged()
            } catch {
                guard number == self.connectionNumber else { return }
                self.session.violation(.authenticationFailed("\(error)"))
                self.sessionChanged()
            }
        }
    }

    /// Whether the server has proved who it is. If not, the connection is ended, and nothing more is said.
    func isAuthenticated(_ data: [UInt8]?) -> Bool {
        guard var exchange else { return true }
        self.exchange = nil
        do {
            try exchange.finish(data)
            return true
        } catch {
            session.discardOutput()
            session.violation(.authenticationFailed("\(error)"))
            return false
        }
    }

    func reauthenticated(_ data: [UInt8]?) {
        let isRight = isAuthenticated(data)
        reauthentication?.complete(
            isRight ? .success(()) : .failure(.authenticationFailed("the server has not proved who it is")))
        reauthentication = nil
    }
}

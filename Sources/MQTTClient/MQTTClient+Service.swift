import ServiceLifecycle

/// A client in a `ServiceGroup`: it runs until the group shuts down, and says goodbye then.
extension MQTTClient: Service {
    /// Connects, and goes on until the task is cancelled, the service group shuts down gracefully, or the connection
    /// cannot be mended; then disconnects.
    ///
    /// The first connection is tried again too.
    /// - Throws: ``ClientError`` for what cannot be mended.
    public func run() async throws {
        try await withGracefulShutdownHandler {
            try await self.runUntilCancelled()
        } onGracefulShutdown: {
            Task { await self.disconnect() }
        }
    }

    private func runUntilCancelled() async throws(ClientError) {
        let events = events()
        do {
            try await connect(retrying: true)
        } catch .cancelled {
            return
        } catch .notConnected {
            // Disconnected before there was a connection.
            return
        }
        for await case .ended(let error) in events {
            if let error { throw error }
            return
        }
        await disconnect()
    }
}

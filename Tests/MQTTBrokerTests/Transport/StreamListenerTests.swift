import MQTTTransport
import NIOCore
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#endif

@Suite(.timeLimit(.minutes(1))) struct StreamListenerTests {
    private func expectEcho(_ address: SocketAddress) async throws {
        let stream = try await SocketStream.connect(to: address)
        try await stream.send(ByteBuffer(string: "echo"))
        #expect(try await stream.receive().map { String(buffer: $0) } == "echo")
        await stream.close()
    }

    @Test("port 0 takes any port, and says which")
    func anyPort() async throws {
        try await EchoListener.with(.mqtt(host: "127.0.0.1", port: 0)) { listener in
            #expect(try #require(listener.address.port) > 0)
            try await expectEcho(listener.address)
        }
    }

    @Test("IPv6 addresses are served")
    func version6() async throws {
        try await EchoListener.with(.mqtt(host: "::1", port: 0)) { listener in
            try await expectEcho(listener.address)
        }
    }

    @Test("[::] serves clients of IPv6 and IPv4")
    func dualStack() async throws {
        try await EchoListener.with(.mqtt(host: "::", port: 0)) { listener in
            let port = try #require(listener.address.port)
            try await expectEcho(try SocketAddress(ipAddress: "::1", port: port))
            try await expectEcho(try SocketAddress(ipAddress: "127.0.0.1", port: port))
        }
    }

    @Test("localhost serves 127.0.0.1 and ::1 at one port")
    func localhost() async throws {
        try await EchoListener.with(.mqtt(host: "localhost", port: 0)) { listener in
            try #require(listener.channels.count == 2)
            for channel in listener.channels {
                let address = try #require(channel.localAddress)
                #expect(address.port == listener.address.port)
                try await expectEcho(address)
            }
        }
    }

    @Test("a port that is taken is an error that names it and says what to do")
    func portTaken() async throws {
        try await EchoListener.with(.mqtt(host: "127.0.0.1", port: 0)) { listener in
            let port = try #require(listener.address.port)
            let url = ListenerURL.mqtt(host: "127.0.0.1", port: port)
            let error = await #expect(throws: BindError.self) { try await EchoListener.with(url) { _ in } }
            #expect(error?.url == url && error?.reason == .addressInUse)
            #expect(error?.description.contains("mqtt://127.0.0.1:\(port)") == true)
            #expect(error?.description.contains("choose another port") == true)
        }
    }

    @Test("an address of another machine and an unknown host are errors")
    func strangeAddress() async throws {
        let foreign = await #expect(throws: BindError.self) {
            try await EchoListener.with(.mqtt(host: "192.0.2.1", port: 0)) { _ in }
        }
        #expect(foreign?.reason == .addressNotAvailable)
        let unknown = await #expect(throws: BindError.self) {
            try await EchoListener.with(.mqtt(host: "no-such-host.invalid", port: 0)) { _ in }
        }
        #expect(unknown?.reason == .unknownHost)
    }

    @Test("a Unix socket gets its mode, and one that is listened on is not taken over")
    func unixSocket() async throws {
        let path = temporarySocketPath()
        defer { unsafe unlink(path) }
        let url = ListenerURL.unix(path: path)
        try await EchoListener.with(url, configure: { $0.unixSocketMode = 0o660 }) { listener in
            var status = stat()
            let found = unsafe lstat(path, &status)
            try #require(found == 0)
            #expect(status.st_mode & 0o777 == 0o660)
            try await expectEcho(try SocketAddress(unixDomainSocketPath: path))
            let error = await #expect(throws: BindError.self) { try await EchoListener.with(url) { _ in } }
            #expect(error?.reason == .addressInUse, "one that is listened on is not taken over")
            try await expectEcho(try SocketAddress(unixDomainSocketPath: path))
        }
    }

    @Test("the file of a Unix socket that nobody listens on any more is replaced")
    func staleUnixSocket() async throws {
        let path = temporarySocketPath()
        defer { unsafe unlink(path) }
        let address = try SocketAddress(unixDomainSocketPath: path)
        try leaveSocketFile(at: address)
        try await EchoListener.with(.unix(path: path)) { _ in try await expectEcho(address) }
    }

    /// Binds a socket and closes it, as a process does that is killed.
    private func leaveSocketFile(at address: SocketAddress) throws {
        #if canImport(Darwin)
            let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #else
            let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        #endif
        let bound = unsafe address.withSockAddr { pointer, size in
            unsafe bind(descriptor, pointer, socklen_t(size))
        }
        close(descriptor)
        try #require(bound == 0)
    }

    @Test("a file that is no socket is never removed")
    func ordinaryFile() async throws {
        let path = temporarySocketPath()
        defer { unsafe unlink(path) }
        unsafe close(open(path, O_CREAT | O_WRONLY, 0o600))
        let error = await #expect(throws: BindError.self) {
            try await EchoListener.with(.unix(path: path)) { _ in }
        }
        #expect(error?.reason == .notASocket)
        let found = unsafe access(path, F_OK)
        #expect(found == 0)
    }
}

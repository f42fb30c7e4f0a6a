import Foundation
import Testing

/// What systemd is told, over a socket of its kind.
@Suite(.timeLimit(.minutes(2))) struct SystemdTests {
    private let directory = TemporaryDirectory()

    @Test(
        "Ready when it listens, alive to the watchdog, reloading and ready again on SIGHUP, stopping at the end"
    )
    func notifications() async throws {
        let path = directory.path + "/notify"
        let receiver = try DatagramReceiver(path)
        let martlet = try RunningMartlet(
            ["serve", "--listen", "mqtt://127.0.0.1:0", "--data", directory.path + "/d"],
            environment: ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "20000"])
        _ = await martlet.line(with: "listening on")
        #expect(await receiver.next { _ in true } == "READY=1")
        #expect(await receiver.next { $0 == "WATCHDOG=1" } != nil)
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        let reloading = await receiver.next { $0 != "WATCHDOG=1" }
        #expect(reloading?.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") == true)
        #expect(await receiver.next { $0 != "WATCHDOG=1" } == "READY=1")
        martlet.process.terminate()
        #expect(await receiver.next { $0 != "WATCHDOG=1" } == "STOPPING=1")
        #expect(await martlet.exitStatus() == 0)
    }
}

/// A Unix datagram socket that a thread reads.
private final class DatagramReceiver: Sendable {
    private let datagrams: AsyncStream<String>

    init(_ path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        let (datagrams, datagram) = AsyncStream.makeStream(of: String.self)
        self.datagrams = datagrams
        // A thread of its own: it waits in recv(2), and ends with the tests.
        Thread.detachNewThread {
            var bytes = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
                guard count > 0 else { break }
                datagram.yield(String(decoding: bytes[..<count], as: UTF8.self))
            }
            datagram.finish()
        }
    }

    func next(where isWanted: (String) -> Bool) async -> String? { await datagrams.first(where: isWanted) }
}

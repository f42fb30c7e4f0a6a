import NIOCore
import NIOPosix

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The file that stands for a Unix socket.
package struct UnixSocketFile: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    private var url: ListenerURL { .unix(path: path) }

    /// Removes what a process that is gone has left behind. A socket on which somebody listens, and any
    /// other kind of file, stays, and is an error.
    package func removeIfStale(on group: any EventLoopGroup) async throws {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw BindError(url, BindError.Reason.notASocket) }
        do {
            let channel = try await ClientBootstrap(group: group).connect(unixDomainSocketPath: path).get()
            try? await channel.close()
        } catch let error as IOError where error.errnoCode == ECONNREFUSED {
            remove()
            return
        } catch {
            throw BindError(url, error)
        }
        throw BindError(url, BindError.Reason.addressInUse)
    }

    /// Sets who may connect: on Linux whoever may write to the file.
    package func set(mode: UInt16) throws {
        guard unsafe chmod(path, mode_t(mode)) == 0 else {
            throw BindError(url, IOError(errnoCode: errno, reason: "chmod"))
        }
    }

    package func remove() {
        unsafe unlink(path)
    }
}

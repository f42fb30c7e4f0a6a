import Synchronization

/// Tells when something may have happened to files: on Linux the kernel does, without anybody having to look.
final class FileWatch: Sendable {
    /// One element for whatever has happened since the last was taken, and for each time that other files are
    /// followed.
    let events: AsyncStream<Void>
    private let event: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    private struct State {
        var mustLook = false
        #if canImport(Glibc)
            var notices: FileNotices?
        #endif
    }

    init() { (events, event) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// Whether nobody tells of some of the files: where there is no inotify, and on file systems that others
    /// write to over a network.
    var mustLook: Bool { state.withLock { $0.mustLook } }

    /// Tells of these files from now on, and of no others.
    func follow(_ paths: [String]) {
        state.withLock { state in
            #if canImport(Glibc)
                let places = paths.flatMap { FilePlace.all(of: $0) }
                state.notices = places.isEmpty ? nil : FileNotices(places) { [event] in event.yield() }
                let isTold = places.isEmpty || state.notices != nil
                state.mustLook = !isTold || places.contains(where: \.isRemote)
            #else
                state.mustLook = !paths.isEmpty
            #endif
        }
        event.yield()
    }
}
